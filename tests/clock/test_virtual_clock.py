"""Virtual time: what passes, in which order, and how exactly."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.clock import VIRTUAL_START, Clock, VirtualClock, run_virtual

A_DAY_AND_MORE_S = 1e5
times_s = st.floats(min_value=0, max_value=A_DAY_AND_MORE_S, allow_subnormal=False)


def test_a_virtual_clock_is_a_clock() -> None:
    async def main(clock: Clock) -> tuple[bool, float]:
        return clock.simulated, clock.now_s()

    assert run_virtual(main) == (True, 0.0)


@given(st.lists(times_s, min_size=1, max_size=20))
def test_each_sleeper_wakes_exactly_when_it_asked(wanted_s: list[float]) -> None:
    async def main(clock: VirtualClock) -> list[float]:
        woken_s: list[float] = []

        async def sleeper(time_s: float) -> None:
            await clock.sleep_until(time_s)
            woken_s.append(clock.now_s())

        await asyncio.gather(*map(sleeper, wanted_s))
        return woken_s

    assert run_virtual(main) == sorted(wanted_s)


@given(st.lists(st.integers(min_value=0, max_value=3), max_size=30))
def test_sleepers_of_the_same_moment_wake_in_the_order_in_which_they_fell_asleep(
    wanted_s: list[int],
) -> None:
    async def main(clock: VirtualClock) -> list[int]:
        order: list[int] = []

        async def sleeper(index: int) -> None:
            # One second ahead of all, so that everybody has fallen asleep before the first wakes.
            await clock.sleep_until(wanted_s[index] + 1)
            order.append(index)

        await asyncio.gather(*map(sleeper, range(len(wanted_s))))
        return order

    assert run_virtual(main) == sorted(range(len(wanted_s)), key=lambda index: wanted_s[index])


@given(st.lists(times_s, max_size=30))
def test_time_never_falls_and_passes_the_past_at_once(wanted_s: list[float]) -> None:
    async def main(clock: VirtualClock) -> list[tuple[float, float]]:
        pairs = []
        for time_s in wanted_s:
            before_s = clock.now_s()
            await clock.sleep_until(time_s)
            pairs.append((max(before_s, time_s), clock.now_s()))
        return pairs

    assert all(expected_s == found_s for expected_s, found_s in run_virtual(main))


def test_many_short_sleeps_do_not_drift_more_than_adding_does() -> None:
    async def main(clock: VirtualClock) -> float:
        await clock.sleep(A_DAY_AND_MORE_S)
        for _ in range(1000):
            await clock.sleep(0.001)
        return clock.now_s()

    assert run_virtual(main) == pytest.approx(A_DAY_AND_MORE_S + 1, abs=1e-7)


def test_a_sleep_that_is_due_lets_other_tasks_have_a_turn() -> None:
    async def main(clock: VirtualClock) -> list[str]:
        seen: list[str] = []

        async def other() -> None:
            seen.append("other")

        task = asyncio.create_task(other())
        await clock.sleep(-5)
        seen.append("main")
        await task
        return seen

    assert run_virtual(main) == ["other", "main"]


@pytest.mark.parametrize("time_s", [math.inf, math.nan])
def test_a_moment_that_never_comes_is_refused(time_s: float) -> None:
    with pytest.raises(ValueError, match="cannot wait"):
        run_virtual(lambda clock: clock.sleep_until(time_s))


def test_the_default_start_is_fixed() -> None:
    async def main(clock: VirtualClock) -> datetime:
        await clock.sleep(90)
        return clock.wall()

    assert run_virtual(main) == VIRTUAL_START + timedelta(seconds=90)


def test_the_start_is_told_in_utc() -> None:
    start = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2)))

    async def main(clock: VirtualClock) -> datetime:
        return clock.wall()

    found = run_virtual(main, start=start)
    assert found == start
    assert found.tzinfo is UTC


def test_a_start_without_a_time_zone_is_refused() -> None:
    async def main(clock: VirtualClock) -> None:
        await clock.sleep(1)

    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the missing zone is the point
    with pytest.raises(ValueError, match="time zone"):
        run_virtual(main, start=naive)


def test_two_runs_do_the_same_in_the_same_order() -> None:
    async def main(clock: VirtualClock) -> list[tuple[float, int]]:
        log: list[tuple[float, int]] = []

        async def worker(number: int) -> None:
            for turn in range(5):
                await clock.sleep((number * 7 + turn * 3) % 5)
                log.append((clock.now_s(), number))

        async with asyncio.TaskGroup() as group:
            for number in range(12):
                group.create_task(worker(number))
        return log

    assert run_virtual(main) == run_virtual(main)
