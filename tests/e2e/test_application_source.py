"""What `npm run check` and `npm test` say of frontend/."""

import os
import subprocess

import pytest

from embedded import frontend
from tests.e2e.app import built_application

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _tools():
    folder, problem = built_application()
    if folder is None:
        pytest.skip(f"the pages of frontend/ cannot be built here: {problem}")


@pytest.mark.parametrize("script", ["check", "test"])
def test_it_passes(script):
    place = frontend.home()
    assert place is not None
    node = frontend.find_node(place, print)
    environment = {**os.environ, **node.environment}
    done = subprocess.run(
        [str(node.program), str(node.npm), "run", "--silent", script],
        cwd=frontend.SOURCE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
