"""Identifiers as PostgreSQL reads them."""

import uuid

from django.db import connection

from passepartout.kernel.ids import new_id, uuid_array


def test_postgresql_reads_back_the_same_identifiers_in_the_same_order(db) -> None:
    idents = [new_id(), uuid.UUID(int=0), uuid.uuid4(), uuid.UUID(int=2**128 - 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::uuid[], %s::uuid[]", [uuid_array(idents), uuid_array([])])
        assert cursor.fetchone() == (idents, [])
