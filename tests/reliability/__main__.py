"""`python -m tests.reliability [--small] [NAME …]`: each drill on an installation of its own.

The figures of the full form are written into benchmarks/results, dated.
"""

import argparse
import sys

from benchmarks._world import keep
from tests.reliability import broker, database, embeddings, full_database, full_disk, kills, neighbours, same_file
from tests.reliability.installation import running

DRILLS = {
    "same_file": same_file,
    "full_disk": full_disk,
    "full_database": full_database,
    "embeddings": embeddings,
    "broker": broker,
    "database": database,
    "kills": kills,
    "neighbours": neighbours,  # the last: the others would count its refused files as lost
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--small", action="store_true", help="the size of ./run test; nothing is written")
    parser.add_argument("names", nargs="*", choices=[[], *DRILLS], metavar="NAME", help=", ".join(DRILLS))
    options = parser.parse_args(arguments)
    failed = [name for name in options.names or DRILLS if not _passed(name, small=options.small)]
    if failed:
        print(f"failed: {', '.join(failed)}")  # noqa: T201
    return 1 if failed else 0


def _passed(name: str, *, small: bool) -> bool:
    drill = DRILLS[name]
    with running(disks=getattr(drill, "DISKS", ())) as installation:
        found = drill.run(installation, **(drill.SMALL if small else drill.FULL))
    if small:
        print(name, found)  # noqa: T201
        return bool(found["passed"])
    return keep(f"reliability_{name}", found) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
