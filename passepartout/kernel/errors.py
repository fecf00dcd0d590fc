"""The errors a caller can meet, free of any web framework.

    AppError
    ├── InvalidInput        422  what was sent cannot be used
    ├── NotAuthenticated    401  who you are is not known
    ├── Forbidden           403  you may not do this
    ├── NotFound            404  it does not exist, or not for you
    ├── Conflict            409  the object is in another state
    ├── TooLarge            413  more than is taken
    ├── UnsupportedType     415  a kind of file that is not read
    ├── LimitReached        429  a plan, quota or rate says no for now
    ├── Unavailable         503  a part this needs is down
    └── StorageFull         507  no room left

Each carries a stable ``code`` that clients may rely on; the sentence may change, the code may not.
"""

from typing import Any, ClassVar


class AppError(Exception):
    """Base of all errors that end as a problem answer.

    ``detail`` is a sentence for a person, ``field`` the input it is about, ``extra`` further members of the answer.
    """

    status: ClassVar[int] = 500
    code: str = "error"
    title: ClassVar[str] = "Error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        field: str | None = None,
        retry_after: int | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.code = code or self.code
        self.field = field
        self.retry_after = retry_after
        self.extra = extra


class InvalidInput(AppError):
    status = 422
    code = "invalid"
    title = "What was sent cannot be used"


class NotAuthenticated(AppError):
    status = 401
    code = "not_authenticated"
    title = "Sign in first"


class Forbidden(AppError):
    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(AppError):
    status = 404
    code = "not_found"
    title = "It does not exist"


class Conflict(AppError):
    status = 409
    code = "conflict"
    title = "The object is in another state"


class TooLarge(AppError):
    status = 413
    code = "too_large"
    title = "More than is taken"


class UnsupportedType(AppError):
    status = 415
    code = "type_unsupported"
    title = "This kind of file is not read"


class LimitReached(AppError):
    status = 429
    code = "limit_reached"
    title = "A limit is reached"


class Unavailable(AppError):
    status = 503
    code = "unavailable"
    title = "A part that this needs is not available"


class StorageFull(AppError):
    status = 507
    code = "storage_full"
    title = "No room left to store this"


class ScopeMissing(RuntimeError):
    """A programming error: a tenant table was touched outside a tenant transaction."""


class EngineCallInTransaction(RuntimeError):
    """A programming error: an engine was called while a database transaction was open."""
