"""Waits end, whatever the clock shows when a run begins: its own time is a difference that rounds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.engine_cases import two_doses
from engine.engine_kit import in_a_row, make_bench
from ncrobot.clock import VirtualClock, run_virtual
from ncrobot.events import ExitStatus


class StoodStillError(Exception):
    """Time did not go on."""


@settings(max_examples=60, deadline=None)
@given(zero_s=st.floats(0, 1e5), start_s=st.floats(50, 5000))
def test_an_operation_begins_at_its_time(zero_s, start_s):
    plan = two_doses()
    schedule = in_a_row(plan, starts_s={"gold-2": start_s})

    async def main(clock: VirtualClock):
        await clock.sleep(zero_s)
        bench = make_bench(plan, schedule, clock)
        asked = 0

        class Counting(VirtualClock):
            async def sleep_until(self, time_s: float) -> None:
                nonlocal asked
                asked += 1
                if asked > 100:
                    raise StoodStillError
                await super().sleep_until(time_s)

        clock.__class__ = Counting
        return await bench.engine.run()

    assert run_virtual(main).status is ExitStatus.SUCCEEDED
