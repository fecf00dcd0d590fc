"""The folder under bad weather: a full disk, leftovers, foreign hands."""

import errno
import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engines.objects import ObjectError, StorageFull, StorageUnavailable
from engines.objects.folder import FolderStore, free_bytes

KEY = "documents/" + "a" * 32
MEGABYTE = 1 << 20


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def failing(code: int) -> Callable[..., int]:
    def fail(*arguments: object, **named: object) -> int:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_said_so_and_leaves_no_orphan(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, call, failing(code))
        with pytest.raises(StorageFull) as caught:
            store.put(io.BytesIO(b"x" * 1000), KEY)
    assert not caught.value.permanent
    assert files_under(tmp_path) == []
    store.put(io.BytesIO(b"room again"), KEY)
    assert store.size(KEY) == 10


def test_a_disk_that_fails_otherwise_is_not_called_full(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing(errno.EIO))
        with pytest.raises(StorageUnavailable) as caught:
            store.put(io.BytesIO(b"x"), KEY)
    assert not caught.value.permanent


def test_a_disk_that_fills_up_at_the_rename_leaves_the_old_object(
    store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(io.BytesIO(b"old"), KEY)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing(errno.ENOSPC))
        with pytest.raises(StorageFull):
            store.put(io.BytesIO(b"new"), KEY)
    assert [path.read_bytes() for path in files_under(tmp_path)] == [b"old"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Two megabytes of real file system, where mounting one is allowed."""
    point = tmp_path / "disk"
    point.mkdir()
    if os.geteuid() != 0 or not _runs("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(point)):
        pytest.skip("mounting a small disk is not allowed here; the simulated full disk is tested above")
    yield point
    assert _runs("umount", str(point))


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0
    except FileNotFoundError:
        return False


def test_a_real_disk_fills_up_frees_itself_and_works_again(small_disk: Path) -> None:
    store = FolderStore(small_disk)
    store.put(io.BytesIO(b"k" * MEGABYTE), KEY)
    with pytest.raises(StorageFull):
        store.put(io.BytesIO(b"x" * 3 * MEGABYTE), "documents/" + "b" * 32)
    assert len(files_under(small_disk)) == 1
    assert free_bytes(small_disk) > MEGABYTE // 2
    store.delete(KEY)
    assert store.put(io.BytesIO(b"x" * MEGABYTE), KEY) == MEGABYTE


def test_nobody_else_may_look_inside(store: FolderStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FolderStore(tmp_path / "open")
        opened = FolderStore(tmp_path / "open")
        opened.put(io.BytesIO(b"private"), KEY)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "open").rglob("*") if path.is_dir()}
    assert modes == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_under(tmp_path / "open")} == {0o600}


def test_the_sweep_takes_old_drafts_and_leaves_the_young_and_the_objects(store: FolderStore, tmp_path: Path) -> None:
    store.put(io.BytesIO(b"kept"), KEY)
    old, young = tmp_path / "store" / "drafts" / "old", tmp_path / "store" / "drafts" / "young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert store.sweep(timedelta(hours=1)) == 1
    assert not old.exists()
    assert young.exists()
    assert store.exists(KEY)


def test_a_writer_killed_half_way_leaves_a_draft_for_the_sweep_and_no_object(
    store: FolderStore, tmp_path: Path
) -> None:
    program = (
        "import os, sys; from pathlib import Path; from engines.objects.folder import FolderStore;"
        "draft = FolderStore(Path(sys.argv[1])).create(); draft.write(b'half'); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "store")], cwd=root, check=False)
    assert done.returncode == -9
    assert not store.exists(KEY)
    assert store.sweep(timedelta(0)) == 1
    assert files_under(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ObjectError):
        FolderStore(tmp_path / "file" / "store")


def test_keys_made_in_the_same_second_are_spread_over_folders(store: FolderStore, tmp_path: Path) -> None:
    for number in range(64):
        store.put(io.BytesIO(b""), f"documents/0193c2f0{number:024x}")
    assert len(list((tmp_path / "store" / "objects").iterdir())) > 32
