from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.errors import EngineUnavailable
from engines.text.chunking import WINDOW_TOKENS, Chunk, chunk
from engines.text.tokens import TokenCounter

SENTENCE = "Le colis est remis au destinataire contre signature, sauf avis contraire du chargeur. "
PARAGRAPH = SENTENCE * 6 + "\n\n"


def covered(text: str, spans: list[tuple[int, int]]) -> bool:
    """Whether every character but white space is in a span."""
    end = 0
    for start, stop in sorted(spans):
        if text[end : max(start, end)].strip():
            return False
        end = max(end, stop)
    return not text[end:].strip()


def check(text: str, chunks: list[Chunk]) -> None:
    assert covered(text, [(each.start, each.end) for each in chunks])
    assert [each.part for each in chunks] == list(range(1, len(chunks) + 1))
    for each in chunks:
        assert each.text == text[each.start : each.end] != ""
        inside = [(window.start - each.start, window.end - each.start) for window in each.windows]
        assert covered(each.text, inside)
        assert all(0 <= start < end <= len(each.text) for start, end in inside)
        assert [window.number for window in each.windows] == list(range(1, len(inside) + 1))
    for one, following in pairwise(chunks):
        assert one.start < following.start <= one.end or not text[one.end : following.start].strip()


def test_without_its_tokenizer_nothing_is_counted(tmp_path):
    with pytest.raises(EngineUnavailable, match="build the embedding model"):
        TokenCounter(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(("size", "overlap"), [((50, 40), 10), ((50, 60), 50), ((50, 60), -1)])
def test_sizes_that_cannot_be_are_refused(tokens, size, overlap):
    with pytest.raises(ValueError, match="cannot overlap"):
        chunk("texte", page_starts=[0], tokens=tokens, size=size, overlap=overlap)


@pytest.mark.parametrize("text", ["", "  \n\n\t "])
def test_an_empty_text_has_no_chunk(tokens, text):
    assert chunk(text, page_starts=[0], tokens=tokens) == []


def test_a_short_text_is_one_chunk_with_one_window(tokens):
    (only,) = chunk("\n  Le colis est livré.  ", page_starts=[0], tokens=tokens)
    assert only.text == "Le colis est livré."
    assert [(window.start, window.end) for window in only.windows] == [(only.start, only.end)]
    assert (only.page_from, only.page_to, only.language) == (1, 1, "fr")


def test_chunks_hold_500_to_700_tokens_and_end_with_a_paragraph(tokens):
    text = PARAGRAPH * 40
    chunks = chunk(text, page_starts=[0], tokens=tokens)
    check(text, chunks)
    for each in chunks[:-1]:
        assert 500 <= each.token_count <= 700
        assert each.text.endswith("chargeur.")
        assert text[each.end :].startswith(" \n\n")
        assert each.text.startswith("Le colis")


def test_without_paragraphs_chunks_end_with_a_sentence(tokens):
    text = SENTENCE * 200
    chunks = chunk(text, page_starts=[0], tokens=tokens)
    check(text, chunks)
    assert all(each.text.endswith("chargeur.") and each.text.startswith("Le colis") for each in chunks)


def test_neighbours_share_about_50_tokens(tokens):
    chunks = chunk(SENTENCE * 200, page_starts=[0], tokens=tokens)
    for one, following in pairwise(chunks):
        assert 20 <= tokens.count(one.text[following.start - one.start :]) <= 50


def test_windows_fit_the_model_and_overlap(tokens):
    (first, *_) = chunk(SENTENCE * 200, page_starts=[0], tokens=tokens)
    assert len(first.windows) >= 5
    for window in first.windows:
        written = first.text[window.start - first.start : window.end - first.start]
        assert tokens.count(written) <= WINDOW_TOKENS
        assert tokens.count(written) >= WINDOW_TOKENS - 12
    for one, following in pairwise(first.windows):
        assert following.start < one.end


def test_pages_are_those_of_the_first_and_last_character(tokens):
    text = "Page un.\fPage deux.\fPage trois."
    (only,) = chunk(text, page_starts=[0, 9, 20], tokens=tokens)
    assert (only.page_from, only.page_to) == (1, 3)
    pages = [PARAGRAPH * 3] * 10
    starts = [sum(map(len, pages[:number])) for number in range(10)]
    for each in chunk("".join(pages), page_starts=starts, tokens=tokens):
        assert starts[each.page_from - 1] <= each.start < ([*starts, len("".join(pages))])[each.page_from]
        assert starts[each.page_to - 1] < each.end


def test_a_chunk_knows_the_title_it_is_under(tokens):
    text = "# Conditions générales\n\n" + PARAGRAPH * 8 + "ARTICLE 2 - ANNULATION\n\n" + PARAGRAPH * 20
    chunks = chunk(text, page_starts=[0], tokens=tokens)
    assert chunks[0].heading == "Conditions générales"
    assert chunks[-1].heading == "ARTICLE 2 - ANNULATION"


def test_each_chunk_has_its_own_language(tokens):
    english = "The parcel is handed over to the consignee against a signature.\n\n"
    chunks = chunk(PARAGRAPH * 20 + english * 200, page_starts=[0], tokens=tokens)
    assert (chunks[0].language, chunks[-1].language) == ("fr", "en")


@pytest.mark.parametrize("word", ["x" * 100_000, "é" * 100_000, "\u200b" * 20_000, "漢" * 20_000])
def test_a_word_without_end_is_cut_into_chunks(tokens, word):
    chunks = chunk(word, page_starts=[0], tokens=tokens)
    check(word, chunks)
    assert all(len(each.text) <= 8000 for each in chunks)


def test_time_grows_with_the_length_and_no_faster(tokens):
    def seconds(text: str) -> float:
        started = time.process_time()
        chunk(text, page_starts=[0], tokens=tokens)
        return time.process_time() - started

    for unit in (PARAGRAPH, "mot ", "a\n", "x", ". "):
        small, large = unit * (50_000 // len(unit)), unit * (400_000 // len(unit))
        seconds(small)
        assert seconds(large) < 8 * 4 * max(seconds(small), 0.02)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300), repeat=st.integers(1, 40))
def test_no_character_is_ever_lost(tokens, text, repeat):
    check(text * repeat, chunk(text * repeat, page_starts=[0], tokens=tokens, size=(30, 40), overlap=5))


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("motsc 1.,\n\té\u0301한\u0000"), max_size=1500))
def test_no_character_is_lost_by_a_tokenizer_that_drops_some(small_tokens, text):
    check(text, chunk(text, page_starts=[0], tokens=small_tokens, size=(30, 40), overlap=5))


@given(text=st.text(max_size=300))
def test_pieces_hold_every_character_once_in_order(small_tokens, text):
    pieces = small_tokens.pieces(text).tolist()
    assert all(start < end for start, end in pieces)
    assert all(one[1] <= following[0] for one, following in pairwise(pieces))
    assert covered(text, [tuple(piece) for piece in pieces])


def test_the_tokenizer_file_does_not_cut_at_128(small_tokens):
    assert small_tokens.count("mot " * 300) == 300
    assert small_tokens.count("mot") == 1


@pytest.mark.parametrize("paragraphs", [0, 1, 5])
def test_no_chunk_goes_over_a_cut(tokens, paragraphs):
    before = "Facture de ménage. " * 3 + "\n\n" + PARAGRAPH * paragraphs
    text = before + PARAGRAPH * 9
    chunks = chunk(text, page_starts=[0], tokens=tokens, cuts=[len(before)])
    check(text, chunks)
    assert all(each.end <= len(before) or each.start >= len(before) for each in chunks)
    assert [each.start for each in chunks].count(len(before)) == 1
