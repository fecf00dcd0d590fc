from __future__ import annotations

import numpy as np

from engines.embeddings.fake import FakeEmbedder


def test_shared_words_bring_texts_together():
    lost, found, other = FakeEmbedder().embed(["the parcel is lost", "the parcel is found", "swimming pool hours"])
    assert lost @ found > 0.5 > lost @ other


def test_every_text_has_a_vector_of_length_one():
    vectors = FakeEmbedder(dimensions=8).embed(["", "!", "a b c d e f g h i j", "colis colis"])
    assert vectors.shape == (4, 8)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_the_same_text_always_gives_the_same_vector():
    assert (FakeEmbedder().embed(["Colis n° 12"]) == FakeEmbedder().embed(["Colis n° 12"])).all()
