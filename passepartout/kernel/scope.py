"""The tenant scope: which organization the present work belongs to, in Python and in PostgreSQL.

`scope()` says it (a request, a task, a socket); `tenant_transaction()` opens a **short** transaction in which the
database enforces it (row-level security reads ``app.org_id`` and ``app.user_id``, set with SET LOCAL semantics).
Work is read -> engine call -> write in separate transactions: `engine_call()` raises inside one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from .errors import EngineCallInTransaction, ScopeMissing


@dataclass(frozen=True)
class Scope:
    """``organization`` None means: a known user before an organization is chosen (sees only own memberships)."""

    organization: UUID | None
    user: UUID | None = None


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)
_bound: ContextVar[Scope | None] = ContextVar("bound_scope", default=None)


def current_scope() -> Scope:
    """The scope in force. Raises ScopeMissing outside any."""
    active = _current.get()
    if active is None:
        raise ScopeMissing("No tenant scope is open")
    return active


def current_organization() -> UUID:
    """The organization in force. Raises ScopeMissing when there is none."""
    organization = current_scope().organization
    if organization is None:
        raise ScopeMissing("No organization is chosen in this scope")
    return organization


def has_organization() -> bool:
    """Whether work is done for an organization now."""
    active = _current.get()
    return active is not None and active.organization is not None


@contextmanager
def scope(*, organization: UUID | None, user: UUID | None = None) -> Iterator[Scope]:
    """Say whose work follows. Opens no transaction."""
    active = Scope(organization, user)
    token = _current.set(active)
    try:
        yield active
    finally:
        _current.reset(token)


@contextmanager
def tenant_transaction() -> Iterator[None]:
    """A transaction (a savepoint when nested) bound to the scope in force. Raises ScopeMissing without one."""
    active = current_scope()
    outer = _bound.get()
    nested = connection.in_atomic_block
    token = _bound.set(active)
    try:
        with transaction.atomic():
            _bind(active)
            yield
            if nested and not connection.needs_rollback:
                # A released savepoint keeps set_config: give the outer scope its own settings back.
                _bind(outer)
    finally:
        _bound.reset(token)


@contextmanager
def tenant(organization: UUID | None, user: UUID | None = None) -> Iterator[None]:
    """`scope` and `tenant_transaction` at once, for a single short piece of work."""
    with scope(organization=organization, user=user), tenant_transaction():
        yield


def _bind(active: Scope | None) -> None:
    organization = str(active.organization) if active and active.organization else ""
    user = str(active.user) if active and active.user else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.org_id', %s, true), set_config('app.user_id', %s, true)", [organization, user]
        )


def require_tenant_transaction() -> None:
    """Raise ScopeMissing unless a tenant transaction is open on this connection."""
    if _bound.get() is None or not connection.in_atomic_block:
        raise ScopeMissing("A tenant table was read or written outside tenant_transaction()")


@contextmanager
def engine_call() -> Iterator[None]:
    """Wrap every call to an engine: it may take seconds, and a transaction must not wait for it.

    Raises EngineCallInTransaction inside a tenant transaction.
    """
    if _bound.get() is not None:
        raise EngineCallInTransaction("An engine was called while a tenant transaction was open")
    yield
