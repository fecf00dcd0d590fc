"""The one-time link that creates the first administrator: signed, and void once any user exists."""

from django.core import signing

from passepartout.kernel.errors import Forbidden

SALT = "first-run"
MAX_AGE = 7 * 86400


def token() -> str:
    return signing.dumps("first administrator", salt=SALT)


def check(given: str) -> None:
    """Raises Forbidden for a forged or old link."""
    try:
        signing.loads(given, salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        raise Forbidden("This link is not valid; start `./run up` again for a new one.", code="link_invalid") from None
