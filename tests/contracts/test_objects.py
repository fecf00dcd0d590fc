"""What every ObjectStore must do, the same for each adapter in object_adapters.py."""

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from engines.objects import ObjectKeyInvalid, ObjectMissing, ObjectStore
from tests.contracts.object_adapters import ADAPTERS

CONTENT = b"Bordereau de livraison \xe2\x84\x96 42\n" * 1000


@pytest.fixture(params=list(ADAPTERS))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    with ADAPTERS[request.param](tmp_path) as opened:
        yield opened


@pytest.fixture
def key() -> str:
    return f"documents/{uuid4().hex}"


def content_of(store: ObjectStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


# What must never happen

BAD_KEYS = [
    "",
    "short",
    "../" + "a" * 32,
    "documents/../" + "a" * 32,
    "/" + "a" * 32,
    "documents//" + "a" * 32,
    "a/b/c/" + "d" * 32,
    "documents/" + "A" * 32,
    "documents/" + "é" * 32,
    "documents/" + "a" * 32 + "\n",
    "documents/" + "a" * 32 + "\0",
    "documents/" + "a" * 32 + ".pdf",
    "documents/" + "a" * 65,
    "documents\\" + "a" * 32,
    "documents/" + "a" * 32 + "/",
]


@pytest.mark.parametrize("bad", BAD_KEYS)
def test_a_key_that_we_did_not_make_is_refused_everywhere(store: ObjectStore, bad: str) -> None:
    uses = (store.open, store.size, store.exists, store.delete, lambda k: store.put(io.BytesIO(b"x"), k))
    for use in uses:
        with pytest.raises(ObjectKeyInvalid) as caught:
            use(bad)
        assert caught.value.permanent
    with pytest.raises(ObjectKeyInvalid), store.local_path(bad):
        pytest.fail("a path was given")
    with store.create() as draft, pytest.raises(ObjectKeyInvalid):
        draft.commit(bad)


def test_reading_what_is_not_there_says_so(store: ObjectStore, key: str) -> None:
    for use in (store.open, store.size):
        with pytest.raises(ObjectMissing) as caught:
            use(key)
        assert caught.value.permanent
    with pytest.raises(ObjectMissing), store.local_path(key):
        pytest.fail("a path was given")
    assert not store.exists(key)
    assert store.delete(key) is False


def test_what_is_not_committed_is_not_there(store: ObjectStore, key: str) -> None:
    with store.create() as draft:
        draft.write(CONTENT)
        assert not store.exists(key)
        assert draft.written == len(CONTENT)
    assert not store.exists(key)
    assert store.sweep(timedelta(0)) == 0, "the draft cleaned up behind itself"


def test_a_writer_that_fails_leaves_nothing(store: ObjectStore, key: str) -> None:
    def cut() -> Iterator[bytes]:
        yield CONTENT
        raise ConnectionError("the upload was cut")

    with pytest.raises(ConnectionError), store.create() as draft:
        any(draft.write(piece) == 0 for piece in cut())
    assert not store.exists(key)
    assert store.sweep(timedelta(0)) == 0


def test_a_draft_cannot_be_used_after_its_end(store: ObjectStore, key: str) -> None:
    with store.create() as draft:
        draft.write(b"x")
        draft.commit(key)
        draft.discard()
        with pytest.raises(ValueError, match="committed or discarded"):
            draft.write(b"y")
    assert content_of(store, key) == b"x"


def test_a_replaced_object_is_never_half_old_half_new(store: ObjectStore, key: str) -> None:
    store.put(io.BytesIO(b"a" * 100_000), key)
    with store.open(key) as before:
        first = before.read(10)
        store.put(io.BytesIO(b"b" * 50_000), key)
        assert first + before.read() == b"a" * 100_000
    assert content_of(store, key) == b"b" * 50_000


# What it is for


def test_a_store_that_works_says_where_it_is(store: ObjectStore) -> None:
    assert store.check()


def test_what_is_put_comes_back_whole(store: ObjectStore, key: str) -> None:
    assert store.put(io.BytesIO(CONTENT), key) == len(CONTENT)
    assert content_of(store, key) == CONTENT
    assert store.size(key) == len(CONTENT)
    assert store.exists(key)


def test_a_file_can_be_put_by_its_path(store: ObjectStore, key: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    assert store.put(source, key) == len(CONTENT)
    assert content_of(store, key) == CONTENT
    assert source.exists()


def test_a_stream_is_hashed_while_it_is_written_and_named_after_its_content(store: ObjectStore) -> None:
    digest = hashlib.sha256()
    with store.create() as draft:
        for start in range(0, len(CONTENT), 1000):
            piece = CONTENT[start : start + 1000]
            digest.update(piece)
            draft.write(piece)
        key = f"blobs/{digest.hexdigest()}"
        assert draft.commit(key) == len(CONTENT)
    assert content_of(store, key) == CONTENT


def test_an_empty_object_is_an_object(store: ObjectStore, key: str) -> None:
    assert store.put(io.BytesIO(b""), key) == 0
    assert store.size(key) == 0
    assert content_of(store, key) == b""


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, None), (0, 10), (5, 7), (100, None), (len(CONTENT) - 3, 10), (len(CONTENT), None), (10**9, 5)],
)
def test_a_range_is_what_a_slice_would_be(store: ObjectStore, key: str, start: int, length: int | None) -> None:
    store.put(io.BytesIO(CONTENT), key)
    expected = CONTENT[start:] if length is None else CONTENT[start : start + length]
    with store.open(key, start=start, length=length) as file:
        assert file.read() == expected
    with store.open(key, start=start, length=length) as file:
        assert b"".join(iter(lambda: file.read(3), b"")) == expected


def test_a_reader_that_needs_a_path_gets_one(store: ObjectStore, key: str) -> None:
    store.put(io.BytesIO(CONTENT), key)
    with store.local_path(key) as path:
        assert path.read_bytes() == CONTENT


def test_deleting_twice_is_harmless(store: ObjectStore, key: str) -> None:
    store.put(io.BytesIO(CONTENT), key)
    assert store.delete(key) is True
    assert store.delete(key) is False
    assert not store.exists(key)


def test_keys_that_look_alike_hold_different_objects(store: ObjectStore) -> None:
    tail = "a" * 32
    keys = [tail, f"b/{tail}", f"b/c/{tail}", f"b-c/{tail}", f"c/{tail}", f"b/{'a' * 31}b"]
    for number, key in enumerate(keys):
        store.put(io.BytesIO(str(number).encode()), key)
    assert [content_of(store, key) for key in keys] == [str(number).encode() for number in range(len(keys))]


def test_many_writers_of_the_same_key_leave_one_whole_object(store: ObjectStore, key: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        sizes = list(pool.map(lambda _: store.put(io.BytesIO(CONTENT), key), range(40)))
    assert sizes == [len(CONTENT)] * 40
    assert content_of(store, key) == CONTENT
    assert store.sweep(timedelta(0)) == 0
