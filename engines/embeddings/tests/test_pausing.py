"""Who does not answer is not asked again at once."""

import pytest

from engines.embeddings.fake import FakeEmbedder
from engines.embeddings.pausing import PausingEmbedder
from engines.errors import EngineBusy, EngineError, EngineTimeout, EngineUnavailable


class Ill(FakeEmbedder):
    """Fails with ``error`` while there is one; counts how often it was asked."""

    error: EngineError | None = None
    asked = 0

    def embed(self, texts):
        self.asked += 1
        if self.error:
            raise self.error
        return super().embed(texts)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("error", [EngineTimeout("late"), EngineUnavailable("away")])
def test_after_one_silence_it_is_not_asked_for_a_while_and_then_again(error):
    ill, clock = Ill(), Clock()
    embedder = PausingEmbedder(ill, pause=5, clock=clock)
    ill.error = error
    with pytest.raises(type(error)):
        embedder.embed(["a"])
    ill.error = None
    clock.now += 4.9
    with pytest.raises(EngineUnavailable):
        embedder.embed(["a"])
    with pytest.raises(EngineUnavailable):
        _ = embedder.model
    assert ill.asked == 1
    clock.now += 0.2
    assert embedder.embed(["a"]).shape == (1, embedder.model.dimensions)
    assert ill.asked == 2


def test_who_is_busy_is_there_and_is_asked_again():
    ill = Ill()
    embedder = PausingEmbedder(ill)
    ill.error = EngineBusy("later")
    for _ in range(2):
        with pytest.raises(EngineBusy):
            embedder.embed(["a"])
    assert ill.asked == 2
