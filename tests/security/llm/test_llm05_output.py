"""LLM05: no link, picture, tag, script or SQL comes out of an answer, kept, streamed or shown again."""

import pytest

from engines.text.tests.test_cleaning import HOSTILE

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
