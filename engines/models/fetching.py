"""Downloading a model: resumed where it was cut, held against its hash, in place whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import IO

import httpx

from engines.errors import EngineBusy
from engines.models import Model, ModelFile
from engines.models.errors import DiskFull, FileAltered, SourceRefused, SourceUnreachable
from engines.models.ledger import Entry, Ledger, sha256_of

_ROOM = 512 * 1024 * 1024  # left free on the disk, which the database shares
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_TRIES = 5


@dataclass(frozen=True)
class Fetcher:
    """`progress` is called with a file, the bytes that are here, and the bytes there will be.

    `pause` waits between tries (seconds); `free` tells the bytes free at a place.
    """

    models: Path
    mirror: str = ""
    timeout: float = 30.0
    progress: Callable[[ModelFile, int, int], None] = lambda *_: None
    pause: Callable[[float], None] = time.sleep
    free: Callable[[Path], int] = field(default=lambda path: shutil.disk_usage(path).free)

    def fetch(self, model: Model) -> None:
        """Every file that is not here yet. Raises EngineError; what is here already is not read again."""
        self.models.mkdir(parents=True, exist_ok=True)
        with _alone(self.models):
            self._fetch_missing(model)

    def _fetch_missing(self, model: Model) -> None:
        missing = [file for file in model.files if not (self.models / model.name / file.path).is_file()]
        self._refuse_full_disk(model, missing)
        with self._client() as client:
            for file in missing:
                self._fetch_file(client, model, file)

    def _fetch_file(self, client: httpx.Client, model: Model, file: ModelFile) -> None:
        target = self.models / model.name / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.part")
        url = model.url(file, self.mirror)
        self._receive(client, url, file, part)
        found = sha256_of(part)
        ledger = Ledger(self.models)
        expected = ledger.expected(model, file)
        if found != (expected or found):
            _forget(part)
            raise FileAltered(f"{file.path}: sha256 is {found}, not {expected}")
        part.replace(target)
        _tag(part).unlink(missing_ok=True)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        ledger.record(model, file, Entry(found, file.size, url, now, first_use=not file.sha256))

    def _receive(self, client: httpx.Client, url: str, file: ModelFile, part: Path) -> None:
        """Try again where a connection is cut; a try that brought something does not count."""
        tries = 0
        while _size(part) < file.size:
            before = _size(part)
            try:
                self._receive_once(client, url, file, part)
            except (SourceUnreachable, httpx.TransportError) as cut:
                tries = 0 if _size(part) > before else tries + 1
                if tries >= _TRIES:
                    reason = cut.detail if isinstance(cut, SourceUnreachable) else type(cut).__name__
                    raise SourceUnreachable(f"{file.path}: {reason}; run it again to go on") from cut
                self.pause(2.0**tries)

    def _receive_once(self, client: httpx.Client, url: str, file: ModelFile, part: Path) -> None:
        headers = _continuation(part, file)
        with client.stream("GET", url, headers=headers) as answer:
            _refuse(answer, file)
            start = _size(part) if answer.status_code == HTTPStatus.PARTIAL_CONTENT else 0
            if start and answer.headers.get("Content-Range", "").split("/")[0] != f"bytes {start}-{file.size - 1}":
                _forget(part)
                raise SourceUnreachable("went on from another place")
            if not start:
                _forget(part)
                _tag(part).write_text(json.dumps({"etag": answer.headers.get("ETag", "")}))
            with part.open("ab") as stream:
                self._write(answer, file, stream)

    def _write(self, answer: httpx.Response, file: ModelFile, stream: IO[bytes]) -> None:
        here = stream.tell()
        try:
            for block in answer.iter_raw():  # as they come: a buffer would be lost in a cut
                here += len(block)
                if here > file.size:
                    _forget(Path(stream.name))
                    raise SourceRefused(f"{file.path} is longer than the {file.size} bytes pinned")
                stream.write(block)
                self.progress(file, here, file.size)
            stream.flush()
            os.fsync(stream.fileno())
        except OSError as failure:
            if failure.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            _forget(Path(stream.name))  # the database may share the disk: give the room back at once
            raise DiskFull(f"{file.path}: the disk is full; what was fetched of it is removed") from failure

    def _refuse_full_disk(self, model: Model, missing: list[ModelFile]) -> None:
        parts = [(self.models / model.name / file.path).with_name(f".{Path(file.path).name}.part") for file in missing]
        needed = sum(file.size for file in missing) - sum(_size(part) for part in parts)
        place = next(path for path in (self.models, *self.models.parents) if path.is_dir())
        free = self.free(place)
        if missing and free < needed + _ROOM:
            raise DiskFull(f"{model.name} needs {needed / 1e9:.1f} GB more, {free / 1e9:.1f} GB are free at {place}")

    def _client(self) -> httpx.Client:
        return httpx.Client(
            timeout=self.timeout,
            follow_redirects=True,  # hubs send to where the bytes are
            max_redirects=5,
            headers={"Accept-Encoding": "identity", "User-Agent": "passepartout"},
            event_hooks={"request": [_refuse_plain_http]},
        )


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Two fetches at once would write into the same part. Raises EngineBusy."""
    descriptor = os.open(models, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as held:
        raise EngineBusy("another fetch into this directory is running") from held
    finally:
        os.close(descriptor)


def _refuse_plain_http(request: httpx.Request) -> None:
    if request.url.scheme != "https" and request.url.host not in _LOOPBACK:
        raise SourceRefused(f"{request.url.host} is not asked over HTTPS")


def _continuation(part: Path, file: ModelFile) -> dict[str, str]:
    """Go on only with the very same content: its hash is known, or its tag is the one of the first piece."""
    here = _size(part)
    if not here:
        return {}
    etag = json.loads(_tag(part).read_text())["etag"] if _tag(part).is_file() else ""
    if etag and not etag.startswith("W/"):
        return {"Range": f"bytes={here}-", "If-Range": etag}
    return {"Range": f"bytes={here}-"} if file.sha256 else {}


def _refuse(answer: httpx.Response, file: ModelFile) -> None:
    status = answer.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SourceUnreachable(f"the source answered {status}")
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise SourceRefused(f"{file.path}: the source answered {status}")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise SourceRefused(f"{file.path} comes compressed, which was not asked for")
    told = answer.headers.get("Content-Length", "")
    if status == HTTPStatus.OK and told.isdecimal() and int(told) != file.size:
        raise SourceRefused(f"{file.path} has {told} bytes, not the {file.size} pinned")


def _tag(part: Path) -> Path:
    return part.with_suffix(".tag")


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag(part).unlink(missing_ok=True)
