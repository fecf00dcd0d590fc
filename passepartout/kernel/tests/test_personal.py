"""Whether a text names a person."""

import pytest

from passepartout.kernel.personal import Mentions, Subject

ELOISE = Mentions.of(
    Subject(
        emails=frozenset({"Eloise.Durand@example.org"}),
        phones=frozenset({"+33612345678"}),
        names=frozenset({"Éloïse Durand", "Lo"}),
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "", "Durand", "Éloïse", "Éloïse Durandeau", "Héloïse Durand", "xeloise.durand@example.org",
        "eloise.durand@example.org.uk", "06 12 34 56 79", "0612345678901234567", "Lo", "SIRET 732 829 320 00074",
        "Éloïse, puis Durand",
    ],
)  # fmt: skip
def test_what_names_somebody_else_or_nobody(text):
    assert not ELOISE.named_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Éloïse Durand", "ELOISE DURAND", "eloise\ndurand", "Mme Éloïse   Durand.", "E\u0301loi\u0308se Durand",
        "écrire à eloise.durand@EXAMPLE.org.", "<eloise.durand@example.org>", "tél. 06 12 34 56 78",
        "06.12.34.56.78", "0612345678", "+33 6 12 34 56 78", "+33 (0)6 12-34-56-78", "(Éloïse Durand)",
    ],
)  # fmt: skip
def test_what_names_the_person(text):
    assert ELOISE.named_in("…", text)


def test_nobody_in_particular_is_found_nowhere():
    nobody = Mentions.of(Subject(names=frozenset({"Paul", ""}), phones=frozenset({"12"}), emails=frozenset({"x"})))
    assert not nobody
    assert not nobody.named_in("Paul 12 x")
