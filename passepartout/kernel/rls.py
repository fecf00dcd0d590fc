"""Row-level security declared on the model, so that makemigrations sees it and reverses it.

Traps and figures behind these lines: docs/adr/0002-row-level-security.md.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import BaseConstraint, Model
from django.db.models.fields.related import ForeignKey

TENANT = "org_id = (SELECT app_current_org())"


class _SqlConstraint(BaseConstraint):
    """A constraint that is plain SQL after the table exists."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        if model is not None and schema_editor is not None:
            schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """The database says no by itself."""


class TenantRLS(_SqlConstraint):
    """Enable and FORCE row-level security on the table, with the tenant policy and the owner's maintenance policy.

    ``using`` replaces the tenant predicate where a table needs another one (memberships, organizations).
    """

    def __init__(self, *, name: str, using: str = TENANT) -> None:
        super().__init__(name=name)
        self.using = using

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        if self.using != TENANT:
            kwargs["using"] = self.using
        return path, args, kwargs

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        table = schema_editor.quote_name(model._meta.db_table)
        check = "current_setting('rls.maintenance', true) = 'on'"
        return (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; "
            f"CREATE POLICY tenant ON {table} USING ({self.using}) WITH CHECK ({self.using}); "
            # Only the owner, and only when its process says so: data migrations would silently change nothing.
            f"CREATE POLICY maintenance ON {table} TO CURRENT_USER USING ({check}) WITH CHECK ({check})"
        )

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        table = schema_editor.quote_name(model._meta.db_table)
        return (
            f"DROP POLICY maintenance ON {table}; DROP POLICY tenant ON {table}; "
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
        )


class TenantReference(_SqlConstraint):
    """Composite foreign key (org_id, field) -> target (org_id, id).

    PostgreSQL checks foreign keys without row-level security: a plain key would accept, and so reveal, another
    tenant's row. Use with a ForeignKey whose ``db_constraint`` is False.
    """

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs["field"] = self.field
        return path, args, kwargs

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        field = model._meta.get_field(self.field)
        assert isinstance(field, ForeignKey)
        quote = schema_editor.quote_name
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)} "
            f"FOREIGN KEY (org_id, {quote(field.column)}) "
            f"REFERENCES {quote(field.related_model._meta.db_table)} (org_id, id) DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> Any:
        assert model is not None
        assert schema_editor is not None
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"
