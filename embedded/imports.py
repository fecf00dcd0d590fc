"""Part of `./run check`: what the product imports must be in base.lock, not only in the developers' environment."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

# Only tests import these.
_FOR_TESTS = ("tests", "conftest.py", "factories.py")


def unlocked_imports(root: Path, packages: tuple[str, ...], pinned: set[str]) -> list[str]:
    """`file: module` for every import whose distribution is not among `pinned` (normalized names)."""
    owners = packages_distributions()
    known = {*sys.stdlib_module_names, *packages}
    return [
        f"{path.relative_to(root)}: {module} is not in base.lock"
        for path in _product_files(root, packages)
        for module in sorted(_modules(path) - known)
        if not {normalized(owner) for owner in owners.get(module, [])} & pinned
    ]


def normalized(distribution: str) -> str:
    """As PEP 503 compares names of distributions."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _product_files(root: Path, packages: tuple[str, ...]) -> Iterator[Path]:
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            if not set(_FOR_TESTS) & set(path.parts):
                yield path


def _modules(path: Path) -> set[str]:
    """Top-level names of the absolute imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found
