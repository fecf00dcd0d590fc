"""From a stored file to something that can be found and cited: retries, refusals, lost leases, versions."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from engines.embeddings.fake import FakeEmbedder
from engines.errors import EngineUnavailable
from engines.reading.tests.pdfs import assembled, drawn, flate_bomb, one_page, stream, text_at
from passepartout.documents import indexing
from passepartout.documents.factories import indexed, uploaded, work
from passepartout.documents.models import Chunk, ChunkWindow, Document, DocumentVersion, Posting
from passepartout.jobs import services as jobs
from passepartout.jobs.models import Job
from passepartout.kernel.ids import new_id
from passepartout.kernel.scope import scope, tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents/"
PARAGRAPH = "La piscine du domaine ouvre à huit heures et ferme à vingt heures, sauf le lundi. "
LONG = "\n\n".join(f"Article {n}. {PARAGRAPH * 6}" for n in range(12))  # several chunks, many windows


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(indexing, "EMBED_BATCH", 8)


@pytest.fixture
def client(api, alice):
    return api(alice)


def totals(person):
    """(versions, chunks, windows, postings) of the organization."""
    with tenant(person.organization.pk):
        return tuple(model.objects.count() for model in (DocumentVersion, Chunk, ChunkWindow, Posting))


def whole(person, ident):
    """One version, live, with all that it says it has; returns it."""
    with tenant(person.organization.pk):
        document = Document.objects.get(pk=ident)
        (version,) = DocumentVersion.objects.filter(doc_id=ident)
        assert document.live_version == version.pk
        parts = list(Chunk.objects.filter(doc_id=ident).order_by("part_no").values_list("part_no", flat=True))
        assert parts == list(range(1, version.chunk_count + 1))
        assert ChunkWindow.objects.filter(doc_id=ident).count() == version.window_count > 0
        assert set(ChunkWindow.objects.filter(doc_id=ident).values_list("version_id", flat=True)) == {version.pk}
        assert Posting.objects.filter(version_id=version.pk).exists()
        return version


def due_again(person):
    with tenant(person.organization.pk):
        job = Job.objects.get(state="queued")
        return job.attempt, job.error_code


def taken_for_dead(person):
    """The reaper finds that the worker of the running job has been silent for a day."""
    with tenant(person.organization.pk):
        assert Job.objects.filter(state="running").update(heartbeat_at=timezone.now() - timedelta(days=1)) == 1
    jobs.reap()


def ended(client, ident):
    body = client.get(f"{URL}{ident}/").json()
    return body["status"], (body["error"] or {}).get("code")


class Crash(BaseException):
    """The process is killed: nothing below catches this."""


STEPS = ["_read", "_store_chunks", "_embed", "_switch", "drop_versions"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_after_a_crash_at_any_step_the_next_attempt_leaves_one_whole_version(
    client, alice, monkeypatch, step, when
):  # fmt: skip
    ident = uploaded(client, LONG)
    real = getattr(indexing, step)

    def crashing(*args, **kwargs):
        if when == "after":
            real(*args, **kwargs)
        raise Crash

    with monkeypatch.context() as crash:
        crash.setattr(indexing, step, crashing)
        crash.setattr("passepartout.jobs.running.Attempt._end", lambda *_: False)  # a killed worker ends nothing
        with pytest.raises(Crash):
            work(alice.organization)
    taken_for_dead(alice)
    assert due_again(alice) == (1, "worker_lost")
    work(alice.organization)
    whole(alice, ident)
    assert ended(client, ident) == ("indexed", None)
    lines = client.get(f"/api/v1/audit/?object_id={ident}&action=document.indexed").json()["results"]
    assert len(lines) == 1, "made live twice"


def test_a_worker_taken_for_dead_writes_nothing_more(client, alice, monkeypatch):
    ident = uploaded(client, LONG)
    seen: list[tuple[int, ...]] = []

    def slow(*args):
        result = real(*args)
        taken_for_dead(alice)
        seen.append(totals(alice))
        return result

    real = indexing._read
    with monkeypatch.context() as pause:
        pause.setattr(indexing, "_read", slow)
        work(alice.organization)
    assert seen == [totals(alice)] == [(0, 0, 0, 0)]
    assert due_again(alice) == (1, "worker_lost")
    work(alice.organization)
    whole(alice, ident)


def test_two_workers_on_the_same_message_do_the_work_once(client, alice):
    ident = uploaded(client, LONG)
    with tenant(alice.organization.pk):
        job = Job.objects.get()
    assert jobs.claim(job.pk) is not None
    assert jobs.claim(job.pk) is None
    assert jobs.claim(new_id()) is None
    assert ended(client, ident)[0] == "uploaded"


@pytest.mark.parametrize("step", ["_read", "_store_chunks", "_switch"])
def test_a_document_deleted_in_the_middle_is_left_alone(client, alice, monkeypatch, step):
    ident = uploaded(client, LONG)
    real = getattr(indexing, step)

    def deleted_meanwhile(*args, **more):
        assert client.post(f"{URL}{ident}/actions/delete/").status_code == 200
        return real(*args, **more)

    with monkeypatch.context() as pause:
        pause.setattr(indexing, step, deleted_meanwhile)
        work(alice.organization)
    with tenant(alice.organization.pk):
        assert Job.objects.get().state == "cancelled"
        assert Document.objects.get().status == "deleted"
    assert client.get("/api/v1/search/?q=piscine").json()["results"] == []
    assert client.post(f"{URL}{ident}/actions/restore/").status_code == 200
    work(alice.organization)
    whole(alice, ident)


def picture_only():
    pixels = stream(
        b"\x00" * 300, b"/Type/XObject/Subtype/Image/Width 10/Height 10/ColorSpace/DeviceRGB/BitsPerComponent 8"
    )
    return one_page(b"q 500 0 0 700 40 40 cm /I Do Q", page_keys=b"/XObject<</I 6 0 R>>", more=[pixels])


def encrypted():
    plain = one_page(b"BT /F1 12 Tf 50 700 Td (secret) Tj ET")
    keys = b"<</Filter/Standard/V 1/R 2/O<" + b"00" * 32 + b">/U<" + b"00" * 32 + b">/P -4>>"
    return plain.replace(b"trailer <<", b"trailer <</Encrypt " + keys + b"/ID[<00><00>]")


REFUSED = {
    "scanned": (picture_only, "no_text"),
    "no letters": (lambda: one_page(b"BT /F1 12 Tf 50 700 Td (*** --- ***) Tj ET"), "no_text"),
    "encrypted": (encrypted, "password_protected"),
    "corrupt": (lambda: b"%PDF-1.7\n" + bytes(range(1, 200)) * 20, "file_corrupt"),
    "no pages": (lambda: assembled([b"<</Type/Catalog>>"]), None),
    "bomb": (flate_bomb, None),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason_and_harms_no_neighbour(client, alice, kind):
    make, code = REFUSED[kind]
    ident = uploaded(client, make(), "fichier.pdf")
    neighbour = uploaded(client, LONG)
    work(alice.organization)
    status, found = ended(client, ident)
    assert status == "rejected"
    assert found == code or (code is None and found)
    with tenant(alice.organization.pk):
        assert Job.objects.get(subject_id=ident).attempt == 1, "tried again for nothing"
    whole(alice, neighbour)


def test_a_picture_without_text_is_refused_and_can_be_looked_at(client, alice):
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(content, "PNG")
    ident = uploaded(client, content.getvalue(), "photo.png")
    work(alice.organization)
    body = client.get(f"{URL}{ident}/").json()
    assert (body["mime"], body["warnings"], body["pages"]) == ("image/png", [], 1)
    assert body["error"]["code"] == "no_text"
    assert client.get(f"{URL}{ident}/pages/1.png").content.startswith(b"\x89PNG")


def test_a_text_without_a_letter_is_refused(client, alice):
    ident = uploaded(client, "… --- !!! \n\n ***")
    work(alice.organization)
    assert ended(client, ident) == ("rejected", "no_text")


def test_hidden_characters_are_taken_out_and_reported(client, alice):
    ident = indexed(client, alice, "La pis\u200bcine\u202e ouvre à huit heures.")
    body = client.get(f"{URL}{ident}/").json()
    assert body["warnings"] == ["hidden_characters:1:2"]
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert chunk["text"] == "La piscine ouvre à huit heures."


def test_an_engine_that_is_away_is_tried_again_and_then_said(client, alice, monkeypatch, settings):
    settings.JOB_OUTAGE_SECONDS = 0
    ident = uploaded(client, LONG)

    class Away(FakeEmbedder):
        def embed(self, texts):
            raise EngineUnavailable("away")

    with monkeypatch.context() as outage:
        outage.setattr(indexing, "embedder", Away)
        for attempt in (1, 2):
            work(alice.organization)
            assert due_again(alice) == (attempt, "engine_unavailable")
            assert ended(client, ident) == ("embedding", None)
        work(alice.organization)
    assert ended(client, ident) == ("failed", "engine_unavailable")
    assert client.post(f"{URL}{ident}/actions/retry/").status_code == 200
    work(alice.organization)
    whole(alice, ident)


def searched(client, words="piscine"):
    return [hit["document"] for hit in client.get(f"/api/v1/search/?q={words}").json()["results"]]


def test_the_live_version_is_found_until_the_next_one_is_whole(client, alice, monkeypatch):
    ident = indexed(client, alice, LONG)
    before = whole(alice, ident)
    seen: list[object] = []
    real = indexing._embed

    def looking(*args):
        seen.append(set(searched(client)))
        real(*args)
        seen.append((client.get(f"{URL}{ident}/").json()["status"], len(client.get(f"{URL}{ident}/chunks/").json())))

    client.post(f"{URL}{ident}/actions/reindex/")
    monkeypatch.setattr(indexing, "_embed", looking)
    work(alice.organization)
    assert seen == [{ident}, ("indexed", before.chunk_count)]
    assert whole(alice, ident).pk != before.pk


def test_a_reindexing_that_fails_keeps_the_live_version_and_says_so(client, alice, monkeypatch, settings):
    settings.JOB_OUTAGE_SECONDS = 0
    ident = indexed(client, alice, LONG)
    before = whole(alice, ident)
    client.post(f"{URL}{ident}/actions/reindex/")

    class Away(FakeEmbedder):
        def embed(self, texts):
            raise EngineUnavailable("away")

    with monkeypatch.context() as outage:
        outage.setattr(indexing, "embedder", Away)
        for _ in range(3):
            work(alice.organization)
    assert ended(client, ident) == ("indexed", "engine_unavailable")
    assert set(searched(client)) == {ident}
    client.post(f"{URL}{ident}/actions/reindex/")
    work(alice.organization)
    assert ended(client, ident) == ("indexed", None)
    assert whole(alice, ident).pk != before.pk


def test_a_pdf_and_its_boxes_survive_indexing_in_page_order(client, alice, tmp_path):
    pages = [
        text_at((72, 720, f"Page {number}. La piscine numéro {number} ouvre à huit heures.")) for number in (1, 2, 3)
    ]
    ident = indexed(client, alice, drawn(tmp_path / "a.pdf", *pages).read_bytes(), "a.pdf")
    (chunk,) = client.get(f"{URL}{ident}/chunks/").json()
    assert (chunk["page_from"], chunk["page_to"]) == (1, 3)
    for page, start, end, x0, y0, x1, y1, width, height in chunk["boxes"]:
        assert chunk["text"][int(start) : int(end)].startswith(f"Page {int(page)}.")
        assert 0 < x0 < x1 < width
        assert 0 < y0 < y1 < height


def test_indexing_never_holds_a_transaction_while_an_engine_works(client, alice):
    uploaded(client, LONG)
    with scope(organization=alice.organization.pk):
        work(alice.organization)  # engine_call raises inside a tenant transaction
    assert totals(alice)[0] == 1
