"""What the report of a run tells of wells that a probe steered to their pH."""

from __future__ import annotations

from ncrobot.events import Event, EventKind
from ncrobot.reports.run.acidity import steered_wells
from ncrobot.state import fold


def reading(seq, well, ph, dosed_ul, follows, operation="sweet"):
    return Event(
        run="r", seq=seq, time_s=seq, wall="2026-01-01T00:00:00+00:00", kind=EventKind.PH_READ,
        operation=operation, wells=(well,), simulated=True,
        data={
            "address": f"plate/{well}", "ph": ph, "readings": [ph], "target_ph": 5.0,
            "dosed_ul": dosed_ul, "follows": follows, "dose_ul": 0.0, "looked_again": False,
        },
    )  # fmt: skip


def test_each_well_is_told_with_its_way_and_its_end():
    state = fold(
        [
            reading(1, "A1", 3.2, 0.0, "dose"),
            reading(2, "B1", 3.3, 0.0, "dose"),
            reading(3, "A1", 4.96, 20.0, "reached"),
            reading(4, "B1", 5.4, 30.0, "overshot"),
            reading(5, "A1", 4.9, 0.0, "dose", operation="again"),
        ]
    )
    first, second, again = steered_wells(state)
    assert (first.well, first.told, first.dosed_ul) == ("A1", "3.20 → 4.96", 20.0)
    assert first.is_there
    assert (second.told, second.ended, second.is_there) == ("3.30 → 5.40", "overshot", False)
    assert (again.read_ph, again.ended) == ((4.9,), "broken off")


def test_a_run_without_a_probe_tells_nothing():
    assert steered_wells(fold([])) == []
