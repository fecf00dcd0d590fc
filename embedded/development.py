"""`./run test|bench|services`: work with real services that are thrown away or kept under `.test/`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from embedded.children import ROOT
from embedded.layout import Layout
from embedded.services import running_services


def test(options: argparse.Namespace) -> int:
    """pytest lists at the end what was skipped and why (`-ra` in pyproject.toml). Returns its exit code."""
    parallel = [] if {"-n", "-p"} & {word[:2] for word in options.arguments} else ["-n", "2"]
    with running_services(Layout.at(options.data), "test", for_tests=True, durable=False) as services:
        command = [sys.executable, "-m", "pytest", *parallel, *options.arguments]
        return subprocess.run(command, env=services.owner_environment, cwd=ROOT, check=False).returncode


def services(options: argparse.Namespace) -> int:
    if not options.arguments:
        print("run services: give the command to run: ./run services [--data DIR] -- CMD …", file=sys.stderr)
        return 2
    with running_services(Layout.at(options.data), "services", for_tests=True, durable=False) as running:
        environment = os.environ | running.owner_environment
        return subprocess.run(options.arguments, env=environment, cwd=_caller(), check=False).returncode


def bench(options: argparse.Namespace) -> int:
    """Every benchmarks/NAME.py, or those named; crash-safe settings, as in production. 1 when one of them failed."""
    found = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if not path.stem.startswith("_"))
    unknown = set(options.arguments) - set(found)
    if unknown:
        print(f"run bench: no benchmark named {', '.join(sorted(unknown))}; there is: {', '.join(found)}")
        return 2
    failed = []
    with running_services(Layout.at(options.data), "bench", for_tests=True) as services:
        for name in options.arguments or found:
            print(f"bench: {name}", flush=True)
            command = [sys.executable, "-m", f"benchmarks.{name}"]
            outcome = subprocess.run(command, env=services.owner_environment, cwd=ROOT, check=False)
            failed += [name] if outcome.returncode else []
    if failed:
        print(f"bench: failed: {', '.join(failed)}")
    return 1 if failed else 0


def _caller() -> Path:
    return Path(os.environ.get("PASSEPARTOUT_CALLER_DIR", ROOT))
