"""Plans and assertions that several of the engine's tests share."""

from __future__ import annotations

import pytest

from engine.engine_kit import Bench, column, dose, make_plan
from ncrobot.engine import RunOutcome
from ncrobot.events import EventKind
from ncrobot.plan.operations import (
    AskPerson,
    Leg,
    MixLeg,
    MixWells,
    MovePlate,
    Read,
    SetTemperature,
    Shake,
    Transfer,
)
from ncrobot.state import fold

TWO_COLUMNS = (*column(1), *column(2))


EVERY_KIND = [
    SetTemperature(id="warm", step="s", device="shaker", temperature_c=40.0),
    dose("gold", "gold", column(1)),
    MixWells(
        id="mix", step="s", device="arm", wells=column(1), repetitions=3,
        legs=tuple(MixLeg(channel=c, tip=f"tips/{w[0]}5", well=f"plate/{w}", volume_ul=30) for c, w in enumerate(column(1))),
    ),
    Shake(id="shake", step="s", device="shaker", labware="plate", speed_rpm=500),
    Shake(id="still", step="s", device="shaker", labware="plate", speed_rpm=0),
    Transfer(
        id="sample", step="s", device="arm", wells=column(1), purpose="sample",
        legs=tuple(
            Leg(channel=c, tip=f"tips/{w[0]}6", source=f"plate/{w}", destination=f"samples/{w}", volume_ul=20, umol={})
            for c, w in enumerate(column(1))
        ),
        tip_use="fresh", touches=True,
    ),
    MovePlate(id="there", step="s", device="arm", labware="samples", to="reader"),
    Read(id="read", step="s", device="reader", labware="samples", wavelengths_nm=(400, 500)),
    MovePlate(id="back", step="s", device="arm", labware="samples", to="home"),
    AskPerson(id="spin", step="s", device="person", task="Centrifuge.", takes_s=600, default="skip", max_fraction_left=0.1),
    SetTemperature(id="off", step="s", device="shaker", temperature_c=None),
]  # fmt: skip


def two_doses():
    """Gold into two columns with shared tips, then hydride with fresh tips and mixing."""
    return make_plan(
        [
            dose("gold-1", "gold", column(1)),
            dose("gold-2", "gold", column(2)),
            dose(
                "acid-1",
                "hydride",
                column(1),
                reuse=False,
                tips=2,
                mix_repetitions=2,
                mix_volume_ul=30,
            ),
            dose(
                "acid-2",
                "hydride",
                column(2),
                reuse=False,
                tips=3,
                mix_repetitions=2,
                mix_volume_ul=30,
            ),
        ],
        wells=TWO_COLUMNS,
    )


def assert_books_match_world(bench: Bench) -> None:
    """The ledger in the last event against the world's own account, volumes and amounts."""
    ledger = bench.record.of(EventKind.RUN_ENDED)[0].data["ledger"]
    for address, volume_ul in bench.world.volumes_ul().items():
        held = ledger.get(address, {"volume_ul": 0.0, "umol": {}})
        assert held["volume_ul"] == pytest.approx(volume_ul, abs=1e-6), address
        assert held["umol"] == pytest.approx(bench.world.umol(address), abs=1e-9), address
    waste = ledger.get("waste", {"umol": {}})
    assert waste["umol"] == pytest.approx(bench.world.waste_umol(), abs=1e-9)
    assert not bench.world.collisions


def assert_declared_end(outcome: RunOutcome, bench: Bench) -> None:
    """Whatever happened: one end, everything safe, the record whole, no collision."""
    assert len(bench.record.of(EventKind.RUN_ENDED)) == 1
    assert bench.record.events[-1].kind is EventKind.RUN_ENDED
    (safe,) = bench.record.of(EventKind.SAFE_STATE)
    assert all(safe.data["confirmed"].values())
    assert bench.world.speeds_rpm.get("shaker", 0.0) == 0
    assert not bench.world.collisions
    assert bench.record.flushed == len(bench.record.events)
    assert [e.seq for e in bench.record.events] == list(range(1, len(bench.record.events) + 1))
    state = fold(bench.record.events)
    assert not [act for act in state.open_acts.values() if act.operation]
    assert (outcome.wells_ok, outcome.wells_flagged) == (state.wells_ok, state.wells_flagged)
    assert outcome.wells_ok + outcome.wells_flagged == len(bench.plan.wells)


def bench_clock(workcell):
    return workcell.operator._clock


def absent(workcell, world, record) -> None:
    """Let nobody be there to answer."""
    workcell.operator._present = False
