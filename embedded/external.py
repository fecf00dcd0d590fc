"""Prepare a PostgreSQL server of one's own: `python -m embedded.external SUPERUSER_URL DATABASE`. Once; repeatable.

Makes the four login roles, the database with the extension `vector`, takes the catalogue from the two roles that run
proposed statements, and prints the addresses to set. Repeating it gives the roles new passwords.
"""

import argparse
import secrets
from dataclasses import asdict
from urllib.parse import urlsplit, urlunsplit

from embedded import roles

SETTINGS = {
    "owner": ("DATABASE_OWNER_URL", roles.OWNER),
    "app": ("DATABASE_URL", roles.APP),
    "reader": ("SQL_READER_URL", roles.READER),
    "writer": ("SQL_WRITER_URL", roles.WRITER),
}


def prepare(superuser_url: str, database: str) -> dict[str, str]:
    """Return the settings. Nothing outside ``database`` but the roles is changed. Raises psycopg.Error."""
    passwords = roles.Passwords(*(secrets.token_urlsafe(32) for _ in SETTINGS))
    roles.bootstrap(superuser_url, database, passwords, with_template=False)
    given = urlsplit(superuser_url)
    place = given.netloc.rpartition("@")[2]
    return {
        setting: urlunsplit(given._replace(scheme="postgres", netloc=f"{role}:{password}@{place}", path=f"/{database}"))
        for (setting, role), password in zip(SETTINGS.values(), asdict(passwords).values(), strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m embedded.external", description=__doc__)
    parser.add_argument("superuser_url", help="postgresql://postgres:password@host:5432/postgres")
    parser.add_argument("database")
    options = parser.parse_args()
    for name, value in prepare(options.superuser_url, options.database).items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main()
