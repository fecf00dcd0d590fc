"""Model fields for personal data."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from . import crypto
from .scope import current_organization


@dataclass(frozen=True)
class Sealed:
    """A value as it is stored. `values()` and `values_list()` give this: only its own row can open it."""

    stored: str


class _OpenedByItsRow(DeferredAttribute):
    """The plain value of an encrypted field, decrypted when it is first read from its row."""

    field: "EncryptedTextField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)  # loads a deferred field
        if instance is None or not isinstance(value, Sealed):
            return value
        plain = self.field.opened(value, instance)
        instance.__dict__[self.field.attname] = plain
        return plain

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):
    """Text that is stored encrypted under the key of the row's organization, bound to its row and column (crypto.py).

    The row opens it, whatever the scope. Not searchable: pair it with a `BlindIndexField`. A value that does not come
    with its row (``filter(name=…)``, ``update(name=…)``) raises TypeError.
    """

    descriptor_class = _OpenedByItsRow

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = getattr(model_instance, self.attname)
        if value in (None, ""):
            return value
        return Sealed(crypto.encrypt(self._as_text(value), **self.place(model_instance.pk, _org_of(model_instance))))

    def _as_text(self, value: Any) -> str:
        return str(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Sealed):
            return value.stored
        if value in (None, ""):
            return value
        raise TypeError(f"{self.name} is encrypted: save it through its row, search it by its blind index")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Sealed | str | None:
        return Sealed(value) if value else value

    def opened(self, value: Sealed, instance: models.Model) -> Any:
        """Raises crypto.DecryptionError when the value was altered, or moved here from elsewhere."""
        return crypto.decrypt(value.stored, **self.place(instance.pk, _org_of(instance)))

    def place(self, row: Any, organization: Any) -> dict[str, Any]:
        """What a value of this field is bound to: the arguments of `crypto.encrypt` and `crypto.decrypt`."""
        return {"organization": organization, "row": row, "column": f"{self.model._meta.db_table}.{self.attname}"}


class EncryptedJSONField(EncryptedTextField):
    """Lists and objects, stored encrypted as `EncryptedTextField` stores text. Empty ones are stored as nothing."""

    _pyi_private_set_type: Any  # for the type checker: text is only how it is stored
    _pyi_private_get_type: Any
    _pyi_lookup_exact_type: Any

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return super().pre_save(model_instance, add) if getattr(model_instance, self.attname) else ""

    def _as_text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def get_prep_value(self, value: Any) -> Any:
        return "" if value in ([], {}) else super().get_prep_value(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return Sealed(value) if value else self.get_default()

    def opened(self, value: Sealed, instance: models.Model) -> Any:
        return json.loads(super().opened(value, instance))


def _org_of(instance: models.Model) -> Any:
    return getattr(instance, "org_id")  # noqa: B009


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
