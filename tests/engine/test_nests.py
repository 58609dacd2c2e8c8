"""Nests are held alone or shared, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ncrobot.clock import run_virtual
from ncrobot.engine.interlocks.sharing import Nest


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 20), st.integers(1, 10), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_whoever_holds_it_alone_is_alone_and_all_get_it_in_the_end(visits):
    """Each visit: shared or not, when it comes, how long it stays, and whether it gives up."""
    inside, got = [], []

    async def visit(nest, number, shared, comes_s, stays_s):
        await asyncio.sleep(comes_s)
        await (nest.shared() if shared else nest.alone())
        assert shared or not inside
        assert not any(alone for alone, _ in inside)
        inside.append((not shared, number))
        try:
            await asyncio.sleep(stays_s)
        finally:
            inside.remove((not shared, number))
            got.append(number)
            nest.release()

    async def main(clock):
        nest = Nest()
        tasks = []
        for number, (shared, comes_s, stays_s, gives_up) in enumerate(visits):
            task = asyncio.ensure_future(visit(nest, number, shared, comes_s, stays_s))
            tasks.append(task)
            if gives_up:
                asyncio.get_running_loop().call_later(comes_s + 0.5, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not nest.is_held
        for task in tasks:
            assert task.cancelled() or task.exception() is None, task.exception()

    run_virtual(main)
    stayed = {n for n, (_, _, _, gives_up) in enumerate(visits) if not gives_up}
    assert stayed <= set(got)


def test_who_wants_it_alone_is_not_overtaken():
    order = []

    async def main(clock):
        nest = Nest()
        await nest.shared()

        async def alone():
            await nest.alone()
            order.append("alone")
            nest.release()

        async def later():
            await nest.shared()
            order.append("shared")
            nest.release()

        first = asyncio.ensure_future(alone())
        await asyncio.sleep(0)
        second = asyncio.ensure_future(later())
        await asyncio.sleep(1)
        nest.release()
        await asyncio.gather(first, second)

    run_virtual(main)
    assert order == ["alone", "shared"]


@pytest.mark.parametrize("shared", [True, False])
def test_it_says_whether_one_must_wait(shared):
    async def main(clock):
        nest = Nest()
        assert not nest.must_wait(shared=shared)
        await nest.alone()
        assert nest.must_wait(shared=shared)
        nest.release()
        await nest.shared()
        assert nest.must_wait(shared=shared) is not shared
        nest.release()

    run_virtual(main)
