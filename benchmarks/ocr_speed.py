"""Ten scanned pages from upload to answerable: `./run bench ocr_speed`. Two targets, one for each engine, on two cores.

A PDF of ten pictures (200 dots per inch, JPEG) is sent to a real web process; a real worker draws the pages, has them
read by the engine, embeds and stores them. The clock runs from the upload to the state `indexed`; then a question is
answered from it. The engine is the machine's ladder, and rapidocr alone (a service of its own that knows no Tesseract).
"""

import io
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import redis
from PIL import Image

from benchmarks._web import EMAIL, PASSWORD, signed_in, web_process
from benchmarks._world import ROOT, keep, world
from embedded.commands import worker
from embedded.ports import any_free
from engines.ocr import installed
from engines.ocr.tests.pages import draw
from engines.ocr.tests.sheets import SHEETS

PAGES = 10
TARGETS = {"tesseract": 25, "rapidocr": 60}  # seconds
GIVE_UP_SECONDS = 600
QUESTION = "Quel est le montant du dépôt de garantie ?"
# What a machine without Tesseract would run.
_WITHOUT_TESSERACT = (
    "import sys, uvicorn; from engines.ocr import installed; installed.PATH = '/nonexistent'; "
    "import engines.ocr.child, engines.ocr.isolated as i; "
    "i._COMMAND = (*i._COMMAND[:-1], i._COMMAND[-1].replace('import engines.ocr.child', "
    "'import engines.ocr.installed as n; n.PATH = \"/nonexistent\"; import engines.ocr.child')); "
    "uvicorn.run('inference.ocr.app:app', port=int(sys.argv[1]), log_level='error')"
)


def main() -> int:
    wanted = [name for name in TARGETS if name == "rapidocr" or installed.tesseract()]
    with world("ocr_speed") as made:
        made.adopt()
        _organization()
        measured = {name: _measured(name, made.environment) for name in wanted}
    passed = all(found["seconds"] <= TARGETS[name] and found["answer_cites_it"] for name, found in measured.items())
    return keep("ocr_speed", {"pages": PAGES, "target_seconds": TARGETS, "engines": measured, "passed": passed})


def _organization() -> None:
    from passepartout.tenancy.models import User
    from passepartout.tenancy.services import create_organization, create_user

    create_user(email=EMAIL, password=PASSWORD)
    create_organization(name="Grand client", owner=User.objects.get(email=EMAIL))


def _measured(name: str, environment: Mapping[str, str]) -> dict[str, Any]:
    broker = f"{environment['REDIS_URL'].rpartition('/')[0]}/9"
    redis.Redis.from_url(broker).flushdb()
    with _service(name, environment) as url:
        mine = {**environment, "REDIS_URL": broker, "OCR_URL": url}
        with web_process(mine) as address, _worker(mine), signed_in(address) as client:
            seconds, ident = _indexed(client, name)
            answer = client.post("/api/v1/ask/", json={"question": QUESTION, "document_ids": [ident]}).json()
    return {"seconds": round(seconds, 1), "answer_cites_it": bool(answer.get("citations"))}


@contextmanager
def _service(name: str, environment: Mapping[str, str]) -> Iterator[str]:
    if name != "rapidocr":
        yield environment["OCR_URL"]
        return
    port = any_free()
    process = subprocess.Popen([sys.executable, "-c", _WITHOUT_TESSERACT, str(port)], env=dict(environment), cwd=ROOT)
    try:
        _wait(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/health", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the OCR service did not get ready")


@contextmanager
def _worker(environment: Mapping[str, str]) -> Iterator[None]:
    process = subprocess.Popen(worker(), env=dict(environment), cwd=ROOT, stderr=subprocess.DEVNULL)
    time.sleep(8)  # its start is not the figure
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _indexed(client: httpx.Client, name: str) -> tuple[float, str]:
    content = _scan(name)
    start = time.monotonic()
    answer = client.post("/api/v1/documents/", files={"file": (f"{name}.pdf", content)})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    ident = answer.json()["id"]
    while time.monotonic() - start < GIVE_UP_SECONDS:
        status = client.get(f"/api/v1/documents/{ident}/status/").json()
        if status["status"] == "indexed":
            return time.monotonic() - start, ident
        assert status["status"] not in {"failed", "rejected"}, status
        time.sleep(0.2)
    raise RuntimeError(f"not indexed within {GIVE_UP_SECONDS} s")


def _scan(name: str) -> bytes:
    """Ten pages; the title differs, so that no engine finds the other's document."""
    pictures = [Image.fromarray(draw(SHEETS[number % len(SHEETS)])) for number in range(PAGES)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "PDF", save_all=True, append_images=pictures[1:], resolution=200, title=name)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
