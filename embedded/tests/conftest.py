import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _own_signal_handling() -> Iterator[None]:
    """The command line installs a handler for the life of its process; a test run is not that process."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
