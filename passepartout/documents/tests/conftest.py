"""A bucket as the installation's store."""

from dataclasses import replace

import pytest

from engines.objects.s3 import S3Store
from tests.contracts.object_adapters import moto_place


@pytest.fixture
def bucket(settings):
    """A new bucket on moto's server, named by the settings. The store, to look inside."""
    place = replace(moto_place(), prefix="passepartout")
    settings.OBJECTS_URL = f"s3://{place.bucket}/{place.prefix}"
    settings.S3_ENDPOINT_URL = place.endpoint
    settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY = place.access_key, place.secret_key
    return S3Store(place)
