"""Fetching a model file through bad weather: it is here whole and proved, or not here."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.errors import EngineBusy
from engines.models.errors import DiskFull, FileAltered, SourceRefused, SourceUnreachable
from engines.models.fetching import Fetcher
from engines.models.ledger import Ledger
from engines.models.tests.hub import CONTENT, Hub, running_hub
from engines.models.verifying import is_fetched, verify

PATH = "onnx/model.onnx"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with running_hub() as running:
        yield running


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetcher(hub: Hub, models: Path, pauses: list[float]) -> Fetcher:
    return Fetcher(models, mirror=hub.url, timeout=5, pause=pauses.append)


def left(models: Path) -> list[str]:
    """Every file in the models' directory but the ledger."""
    return sorted(
        str(path.relative_to(models)) for path in models.rglob("*") if path.is_file() and path.suffix != ".json"
    )


# What must never happen


def test_another_content_than_pinned_never_takes_its_place(fetcher, hub, models):
    hub.content = CONTENT[:-1] + b"!"
    with pytest.raises(FileAltered) as altered:
        fetcher.fetch(hub.model())
    assert altered.value.permanent
    assert left(models) == []
    assert Ledger(models).entry(hub.model(), hub.model().files[0]) is None


def test_what_was_trusted_the_first_time_may_not_change(fetcher, hub, models):
    model = hub.model(sha256="")
    fetcher.fetch(model)
    (models / "tiny" / PATH).unlink()
    hub.content = CONTENT[:-1] + b"!"
    with pytest.raises(FileAltered):
        fetcher.fetch(model)
    assert left(models) == []


def test_pieces_of_two_contents_are_never_put_together_where_no_hash_would_tell(fetcher, hub, models):
    hub.cuts = [300_000]
    hub.content = b"x" * len(CONTENT)
    first = hub.content

    def change_meanwhile(_: float) -> None:
        hub.content = CONTENT

    model = hub.model(sha256="")
    Fetcher(models, mirror=hub.url, timeout=5, pause=change_meanwhile).fetch(model)
    assert (models / "tiny" / PATH).read_bytes() == CONTENT != first


def test_without_a_hash_or_a_tag_it_starts_again_rather_than_go_on(fetcher, hub, models):
    hub.tags, hub.cuts = False, [300_000]
    fetcher.fetch(hub.model(sha256=""))
    assert [request.get("range") for request in hub.asked] == [None, None]
    assert (models / "tiny" / PATH).read_bytes() == CONTENT


@pytest.mark.parametrize(("longer", "told"), [(b"more", None), (b"more", len(CONTENT))])
def test_more_bytes_than_pinned_are_refused(fetcher, hub, models, longer, told):
    hub.content, hub.length = CONTENT + longer, told
    with pytest.raises((SourceRefused, FileAltered)):
        fetcher.fetch(hub.model(size=len(CONTENT) - 10))
    assert left(models) == []


def test_another_length_than_pinned_is_refused_before_it_is_received(fetcher, hub, models):
    with pytest.raises(SourceRefused, match="bytes"):
        fetcher.fetch(hub.model(size=10**9))
    assert left(models) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final(fetcher, hub, models, pauses, status):
    hub.statuses = [status]
    with pytest.raises(SourceRefused) as refused:
        fetcher.fetch(hub.model())
    assert refused.value.permanent
    assert pauses == []
    assert left(models) == []


def test_a_redirect_away_from_https_is_refused(fetcher, hub, models):
    hub.redirect = "http://evil.example/elsewhere"
    with pytest.raises(SourceRefused, match=r"evil\.example"):
        fetcher.fetch(hub.model())
    assert left(models) == []


def test_a_source_is_asked_over_https_only(models):
    with pytest.raises(SourceRefused, match="HTTPS"):
        Fetcher(models, mirror="http://hub.example", pause=lambda _: None).fetch(Hub().model())


def test_a_source_that_fails_again_and_again_is_left_and_said_to_be_worth_another_try(fetcher, hub, pauses):
    hub.statuses = [500, 503, 502, 429, 500, 500]
    with pytest.raises(SourceUnreachable) as unreachable:
        fetcher.fetch(hub.model())
    assert not unreachable.value.permanent
    assert len(hub.asked) == 5
    assert pauses == sorted(pauses)


def test_nobody_listening_is_unreachable(models):
    with pytest.raises(SourceUnreachable):
        Fetcher(models, mirror="http://127.0.0.1:9", timeout=1, pause=lambda _: None).fetch(Hub().model())


def test_a_disk_without_room_is_seen_before(hub, models):
    fetcher = Fetcher(models, mirror=hub.url, free=lambda _: 512 * 1024 * 1024)
    with pytest.raises(DiskFull):
        fetcher.fetch(hub.model())
    assert hub.asked == []


@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_meanwhile_gets_its_room_back(hub, models, reason):
    def fill_up(file, here, whole):
        raise OSError(reason, os.strerror(reason))

    with pytest.raises(DiskFull) as full:
        Fetcher(models, mirror=hub.url, progress=fill_up).fetch(hub.model())
    assert not full.value.permanent
    assert left(models) == []


def test_two_fetches_at_once_do_not_mix(fetcher, hub, models):
    models.mkdir()
    descriptor = os.open(models, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with pytest.raises(EngineBusy):
            fetcher.fetch(hub.model())
    finally:
        os.close(descriptor)
    assert hub.asked == []


def test_an_altered_file_is_found(fetcher, hub, models):
    fetcher.fetch(hub.model())
    path = models / "tiny" / PATH
    path.write_bytes(CONTENT[:-1] + b"!")
    assert verify(hub.model(), models) == {PATH: "altered"}
    path.unlink()
    assert verify(hub.model(), models) == {PATH: "missing"}
    assert not is_fetched(hub.model(), models)


def test_a_file_that_somebody_put_there_is_not_called_verified(hub, models):
    (models / "tiny" / "onnx").mkdir(parents=True)
    (models / "tiny" / PATH).write_bytes(CONTENT)
    assert verify(hub.model(sha256=""), models) == {PATH: "unknown"}
    assert verify(hub.model(), models) == {PATH: "ok"}


# What it is for


def test_a_model_is_fetched_whole_and_recorded(fetcher, hub, models):
    fetcher.fetch(hub.model())
    assert hub.asked[0]["path"] == f"/org/tiny/resolve/r1/{PATH}"
    assert (models / "tiny" / PATH).read_bytes() == CONTENT
    assert left(models) == [f"tiny/{PATH}"]
    assert verify(hub.model(), models) == {PATH: "ok"}
    entry = Ledger(models).entry(hub.model(), hub.model().files[0])
    assert entry is not None
    assert (entry.size, entry.first_use) == (len(CONTENT), False)


def test_without_a_pinned_hash_the_first_time_is_recorded_and_said(fetcher, hub, models):
    model = hub.model(sha256="")
    fetcher.fetch(model)
    assert verify(model, models) == {PATH: "first use"}
    entry = Ledger(models).entry(model, model.files[0])
    assert entry is not None
    assert entry.first_use


def test_what_is_here_is_not_fetched_again(fetcher, hub):
    fetcher.fetch(hub.model())
    fetcher.fetch(hub.model())
    assert len(hub.asked) == 1


def test_a_cut_download_goes_on_where_it_was(fetcher, hub, models, pauses):
    hub.cuts = [100_000, 200_000, 300_000]
    fetcher.fetch(hub.model())
    assert [request.get("range") for request in hub.asked] == [
        None,
        "bytes=100000-",
        "bytes=300000-",
        "bytes=600000-",
    ]
    assert (models / "tiny" / PATH).read_bytes() == CONTENT
    assert len(pauses) == 3


def test_another_run_goes_on_where_the_last_one_gave_up(hub, models):
    hub.cuts, hub.statuses = [400_000], []

    def give_up(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Fetcher(models, mirror=hub.url, pause=give_up).fetch(hub.model())
    Fetcher(models, mirror=hub.url).fetch(hub.model())
    assert hub.asked[-1]["range"] == "bytes=400000-"
    assert (models / "tiny" / PATH).read_bytes() == CONTENT


def test_a_source_that_knows_no_ranges_is_asked_for_everything_again(fetcher, hub, models):
    hub.ranges, hub.cuts = False, [100_000]
    fetcher.fetch(hub.model())
    assert (models / "tiny" / PATH).read_bytes() == CONTENT


def test_a_source_that_goes_on_from_another_place_is_asked_again_from_the_start(fetcher, hub, models):
    hub.cuts, hub.lie = [100_000], 7
    fetcher.fetch(hub.model())
    assert [request.get("range") for request in hub.asked] == [None, "bytes=100000-", None]
    assert (models / "tiny" / PATH).read_bytes() == CONTENT


def test_redirects_to_where_the_bytes_are_are_followed(fetcher, hub, models):
    hub.redirect = f"{hub.url}/elsewhere"
    fetcher.fetch(hub.model())
    assert (models / "tiny" / PATH).read_bytes() == CONTENT


def test_progress_is_told_up_to_the_whole(hub, models):
    told: list[tuple[int, int]] = []
    Fetcher(models, mirror=hub.url, progress=lambda file, here, whole: told.append((here, whole))).fetch(hub.model())
    assert told == sorted(told)
    assert told[-1] == (len(CONTENT), len(CONTENT))
