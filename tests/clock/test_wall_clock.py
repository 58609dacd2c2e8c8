"""Real time, on dials that the tests turn by hand."""

from __future__ import annotations

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ncrobot.clock import Clock, PacedClock, VirtualClock, WallClock, run_virtual

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Dials:
    """The machine's two clocks."""

    def __init__(self) -> None:
        self.monotonic_s = 7000.0
        self.system = NOON

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.system += timedelta(seconds=seconds)

    def clock(self) -> WallClock:
        return WallClock(monotonic_s=lambda: self.monotonic_s, system=lambda: self.system)


def test_it_counts_from_its_own_start() -> None:
    dials = Dials()
    clock: Clock = dials.clock()
    dials.pass_time(90)
    assert (clock.now_s(), clock.wall(), clock.simulated) == (
        90,
        NOON + timedelta(seconds=90),
        False,
    )


@pytest.mark.parametrize("step_s", [3600.0, -3600.0, 0.0])
def test_a_step_of_the_system_clock_is_seen_but_not_followed(step_s: float) -> None:
    dials = Dials()
    clock = dials.clock()
    dials.pass_time(10)
    dials.system += timedelta(seconds=step_s)
    dials.pass_time(10)
    assert clock.wall() == NOON + timedelta(seconds=20)
    assert clock.wall_step_s() == step_s


def test_the_date_is_told_in_utc() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=-5)))
    clock = WallClock(monotonic_s=lambda: 0.0, system=lambda: local)
    assert clock.wall().tzinfo is UTC
    assert clock.wall() == NOON


def test_a_sleeper_never_wakes_early() -> None:
    async def main() -> list[tuple[float, float]]:
        clock = WallClock()
        pairs = []
        for _ in range(20):
            wanted_s = clock.now_s() + 0.001
            await clock.sleep_until(wanted_s)
            pairs.append((wanted_s, clock.now_s()))
        return pairs

    assert all(found_s >= wanted_s for wanted_s, found_s in asyncio.run(main()))


def test_a_timer_that_fires_early_is_waited_for_again() -> None:
    readings_s = iter([0.0, 0.0, 0.9e-3, 0.9e-3, 1.1e-3])
    clock = WallClock(monotonic_s=lambda: next(readings_s), system=lambda: NOON)
    asyncio.run(clock.sleep_until(1e-3))
    assert next(readings_s, None) is None


def test_the_past_is_over_at_once_but_others_have_a_turn() -> None:
    async def main() -> list[str]:
        seen: list[str] = []

        async def other() -> None:
            seen.append("other")

        task = asyncio.create_task(other())
        await WallClock().sleep(-1)
        seen.append("main")
        await task
        return seen

    assert asyncio.run(main()) == ["other", "main"]


@pytest.mark.parametrize("time_s", [math.inf, math.nan])
def test_a_moment_that_never_comes_is_refused(time_s: float) -> None:
    with pytest.raises(ValueError, match="cannot wait"):
        asyncio.run(WallClock().sleep_until(time_s))


def test_a_sleeper_notices_that_the_machine_was_suspended() -> None:
    """Timers of the event loop stand still then; the time of the lab doesn't."""

    async def main(clock: VirtualClock) -> float:
        suspended_s = 0.0
        wall = WallClock(monotonic_s=lambda: clock.now_s() + suspended_s, system=lambda: NOON)
        sleeper = asyncio.create_task(wall.sleep_until(3600.0))
        await clock.sleep_until(100.0)
        suspended_s = 3000.0
        await sleeper
        return clock.now_s()

    assert 600.0 <= run_virtual(main) <= 635.0


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no clock counts suspensions here")
def test_time_is_counted_while_the_machine_is_suspended(monkeypatch) -> None:
    told_s = {time.CLOCK_BOOTTIME: 5000.0}
    monkeypatch.setattr(time, "clock_gettime", told_s.__getitem__)
    clock = WallClock()
    told_s[time.CLOCK_BOOTTIME] += 1800.0
    assert clock.now_s() == 1800.0


def test_made_up_time_has_no_steps() -> None:
    async def main(clock: VirtualClock) -> float:
        await clock.sleep(10)
        return clock.wall_step_s()

    assert run_virtual(main) == 0
    assert PacedClock(2.0).wall_step_s() == 0
