"""A catalogue like the one that products will register, so that the statements of the suites mean something."""

import pytest

from passepartout.kernel.sqlviews import Catalogue
from tests.security.sql.world import CATALOGUE


@pytest.fixture(scope="session")
def known() -> Catalogue:
    return CATALOGUE
