"""What a seed suggests depends on no number of cores, and busy cores don't hold thinking up."""

from __future__ import annotations

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from ncrobot.optimizers.thompson import Thompson
from ncrobot.optimizers.threads import one_thread
from optimizers.optimizer_kit import answer, state, synthesis

SPACE = synthesis()


def threads() -> list[int]:
    return [pool["num_threads"] for pool in ThreadpoolController().info()]


@pytest.fixture
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.mark.usefixtures("two_threads")
def test_linear_algebra_gets_its_threads_back_even_after_an_error():
    before = threads()
    assert set(before) == {2}
    with one_thread():
        assert set(threads()) == {1}
    with pytest.raises(ZeroDivisionError), one_thread():
        1 / 0  # noqa: B018 - the error itself
    assert threads() == before


@pytest.mark.usefixtures("two_threads")
def test_an_optimizer_thinks_on_one_thread(monkeypatch):
    seen = []
    think = Thompson._think

    def watched(self, task):
        seen.append(threads())
        return think(self, task)

    monkeypatch.setattr(Thompson, "_think", watched)
    optimizer = Thompson(state(SPACE))
    optimizer.observe(answer(optimizer.suggest(24), *SPACE.objectives))
    assert len(optimizer.suggest(4)) == 4
    assert [set(each) for each in seen] == [{1}, {1}]
    assert set(threads()) == {2}
