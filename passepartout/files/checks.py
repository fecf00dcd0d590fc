"""System checks: an object store that cannot be the one that was meant."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from engines.objects.s3_place import ADDRESSING, bucket_and_prefix


@register()
def the_bucket_is_named_and_has_keys(**kwargs: Any) -> list[CheckMessage]:
    if not settings.OBJECTS_URL:
        return []
    found: list[CheckMessage] = []
    try:
        bucket_and_prefix(settings.OBJECTS_URL)
    except ValueError as error:
        found.append(Error(f"OBJECTS_URL: {error}", id="files.E001"))
    if not (settings.S3_ACCESS_KEY and settings.S3_SECRET_KEY):
        hint = "Keys are never taken from the machine's own AWS settings: a store must not depend on who starts it."
        found.append(Error("OBJECTS_URL needs S3_ACCESS_KEY and S3_SECRET_KEY", hint=hint, id="files.E002"))
    if settings.S3_ADDRESSING not in ADDRESSING:
        found.append(Error("S3_ADDRESSING is path or virtual", id="files.E003"))
    return found
