"""LLM10, improper output handling: no link, picture, tag, script or SQL comes out of an answer, kept or streamed."""

import re

import pytest

from engines.text.tests.test_cleaning import HOSTILE, JOINED, MARKUP

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_could_carry_a_secret_away_is_not_in_the_answer_nor_in_what_is_kept(client, answer_to, hostile):
    body = answer_to(f"La piscine ouvre à huit heures [DOC:1-1]. {hostile}")
    kept = client.get(f"/api/v1/conversations/{body['conversation']}/messages/").json()
    for shown in (str(body["answer"]) + str(body["sentences"]), str(kept[1]["text"]) + str(kept[1]["sentences"])):
        assert "secret" not in shown
        assert "://" not in shown
        assert "<SQL" not in shown.upper()
    assert (body["engine"], body["sentences"][0]["text"][:16]) == ("model", "La piscine ouvre")


@pytest.mark.parametrize("hostile", [*JOINED, "<iframe src=//evil>", "<svg onload=alert(1)>", "\u202egnp.exe", "<!--"])
def test_no_markup_is_put_together_from_what_an_answer_leaves_over(answer_to, hostile):
    body = answer_to(f"La piscine ouvre à huit heures [DOC:1-1]. {hostile}")
    assert not re.search(MARKUP, str(body["answer"]) + str([each["text"] for each in body["sentences"]]))
    assert "\u202e" not in str(body)


def test_the_record_of_a_call_shows_what_was_said_as_text_and_never_as_a_page(client, answer_to):
    """Auditors read it whole, scripts and all: as JSON, under a policy that runs nothing."""
    job = answer_to("La piscine ouvre à huit heures [DOC:1-1]. <script>alert(1)</script>")["job"]
    answer = client.get(f"/api/v1/llm-jobs/{job}/")
    assert answer["Content-Type"] == "application/json"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
