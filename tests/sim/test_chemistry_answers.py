"""The twin behind the simulated instruments: what their files say is what is in the wells."""

from __future__ import annotations

import numpy as np
import pytest

from ncrobot.analysis.mass import ReadState, read_mzml
from ncrobot_sim.chemistry import Species, Twin, load_set
from ncrobot_sim.chemistry.answers import injections, scans
from ncrobot_sim.instruments import Line, mzml
from ncrobot_sim.world import World

SILVER = load_set("silver_dithiolate")


def twin_with(species: Species, umol: float) -> Twin:
    world = World()
    world.define_stock("salt", {"silver_nitrate": 1e-3})
    world.fill("vials/A1", "salt", 200.0)
    twin = Twin(world, SILVER)
    twin.mixture("vials/A1")
    amounts = twin._vessels["vials/A1"].mixture.amounts
    amounts[:] = 0.0
    amounts[species] = umol
    return twin


def line(name: str = "s1") -> Line:
    return Line(name, "P1:A1", "2026-01-01T00:00:00+00:00")


def test_an_injection_shows_the_cluster_at_its_time_and_its_mass():
    run = injections(twin_with(Species.TARGET, 0.2), lambda _: "vials/A1")(line())
    assert run.minutes[run.mau.argmax()] == pytest.approx(20.0, abs=0.3)
    (scan,) = run.scans
    assert scan.retention_min == 20
    assert scan.mz[scan.intensity.argmax()] == pytest.approx(1779.56, abs=3.0)
    assert (np.diff(scan.mz) > 0).all()
    assert read_mzml(mzml(run, "s1", "s1")).state is ReadState.OK


def test_what_does_not_fly_has_a_peak_and_noise_for_a_spectrum():
    run = injections(twin_with(Species.SECOND, 0.2), lambda _: "vials/A1")(line())
    assert run.minutes[run.mau.argmax()] == pytest.approx(22.0, abs=0.3)
    (scan,) = run.scans
    assert not ((scan.mz > 1770) & (scan.mz < 1790) & (scan.intensity > 1000)).any()


def test_the_same_injection_again_is_the_same_and_later_ones_drift():
    respond = injections(twin_with(Species.TARGET, 0.2), lambda _: "vials/A1")
    first, again = respond(line()), respond(line())
    assert (first.mau == again.mau).all()
    for number in range(2, 60):
        last = respond(line(f"s{number}"))
    assert last.minutes[last.mau.argmax()] > first.minutes[first.mau.argmax()] + 0.02


def test_a_reader_beside_the_deck_sees_the_band():
    twin = twin_with(Species.TARGET, 0.2)
    low, top = scans(twin)("vials/A1", [700.0, 440.0])
    assert top > 3 * low
