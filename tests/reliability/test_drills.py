"""The drills in their small form, on one running installation; `python -m tests.reliability` runs them in full."""

from collections.abc import Iterator

import pytest

from tests.reliability.__main__ import DRILLS
from tests.reliability.installation import DISKS, Installation, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with running(disks=tuple(DISKS)) as made:
        yield made


@pytest.mark.parametrize("name", DRILLS)
def test_a_drill_of_small_size_ends_with_nothing_lost_and_nothing_twice(installation, name):
    drill = DRILLS[name]
    found = drill.run(installation, **drill.SMALL)
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert found["passed"], found
