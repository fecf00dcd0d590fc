"""Model fields for personal data."""

from typing import Any

from django.db import models

from . import crypto
from .scope import current_organization


class EncryptedTextField(models.TextField):
    """Text that is stored encrypted under the key of the organization in scope (see crypto.py).

    Not searchable; pair it with a `BlindIndexField` where exact search is needed. Raises ScopeMissing outside a scope.
    """

    def get_prep_value(self, value: Any) -> Any:
        plain = super().get_prep_value(value)
        if plain in (None, ""):
            return plain
        return crypto.encrypt(plain, organization=current_organization(), column=self._column_name())

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if value in (None, ""):
            return value
        return crypto.decrypt(str(value), organization=current_organization(), column=self._column_name())

    def _column_name(self) -> str:
        return f"{self.model._meta.db_table}.{self.attname}"


class BlindIndexField(models.CharField):
    """Keyed hash of another field, kept in step on save: exact search without revealing the value."""

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"max_length": 32, "blank": True, "default": "", "editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.index_of(getattr(model_instance, self.source) or "")
        setattr(model_instance, self.attname, value)
        return value

    def index_of(self, value: str) -> str:
        """The hash to filter by, for the organization in scope."""
        column = f"{self.model._meta.db_table}.{self.source}"
        return crypto.blind_index(value, organization=current_organization(), column=column)
