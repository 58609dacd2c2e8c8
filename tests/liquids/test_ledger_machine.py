"""Random sequences of movements keep every promise of the ledger."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ncrobot.liquids import OUTSIDE, WASTE, Ledger, LedgerError, Move

WELLS = ("trough/A1", "plate/A1", "plate/B1", "plate/C1")
MATERIALS = ("gold", "ligand", "hydride")
TIP_UL = 300.0
WASTE_UL = 4000.0

wells = st.sampled_from(WELLS)
channels = st.integers(0, 3)
volumes = st.floats(0.01, 600.0)
amounts = st.dictionaries(st.sampled_from(MATERIALS), st.floats(0.0, 1e4), max_size=3)
faults = st.sampled_from([-1.0, 0.0, math.nan, math.inf, 1e9])


class Bench:
    def capacity_ul(self, address: str) -> float:
        return {"trough/A1": 5000.0}.get(address, 1000.0)

    def dead_volume_ul(self, address: str) -> float:
        return {"trough/A1": 200.0}.get(address, 20.0)


class LedgerMachine(RuleBasedStateMachine):
    """Applies movements; those that are refused must leave no trace, bit for bit."""

    def __init__(self):
        super().__init__()
        self.bench = Bench()
        self.ledger = Ledger(self.bench, WASTE_UL)
        self.loaded = dict.fromkeys(MATERIALS, 0.0)
        self.loaded_ul = 0.0

    def attempt(self, act):
        before = self.ledger.as_json()
        try:
            act()
        except LedgerError:
            assert self.ledger.as_json() == before
            return False
        return True

    @initialize()
    def fill_the_trough(self):
        self.load("trough/A1", 4000.0, {"gold": 40.0})

    @rule(well=wells, volume_ul=volumes, umol=amounts)
    def load(self, well, volume_ul, umol):
        if self.attempt(lambda: self.ledger.load(well, volume_ul, umol)):
            self.loaded_ul += volume_ul
            for material, amount in umol.items():
                self.loaded[material] += amount

    @rule(source=wells, destination=wells, volume_ul=volumes)
    def transfer(self, source, destination, volume_ul):
        self.attempt(lambda: self.ledger.transfer(source, destination, volume_ul))

    @rule(channel=channels, size_ul=st.sampled_from([10.0, TIP_UL]))
    def pick_up(self, channel, size_ul):
        self.attempt(lambda: self.ledger.pick_up(channel, size_ul))

    @rule(moves=st.lists(st.builds(Move, channels, wells, volumes), min_size=1, max_size=4))
    def aspirate(self, moves):
        self.attempt(lambda: self.ledger.aspirate_all(moves))

    @rule(moves=st.lists(st.builds(Move, channels, wells, volumes), min_size=1, max_size=4))
    def dispense(self, moves):
        self.attempt(lambda: self.ledger.dispense_all(moves))

    @rule(channel=channels)
    def discard(self, channel):
        self.attempt(lambda: self.ledger.discard(channel))

    @rule(channel=channels)
    def put_back(self, channel):
        self.attempt(lambda: self.ledger.put_back(channel))

    @rule(well=wells)
    def empty(self, well):
        self.attempt(lambda: self.ledger.empty(well))

    @rule(well=wells, volume_ul=volumes)
    def remove(self, well, volume_ul):
        self.attempt(lambda: self.ledger.remove(well, volume_ul))

    @rule(source=wells, destination=wells, volume_ul=faults)
    def transfer_nonsense(self, source, destination, volume_ul):
        assert not self.attempt(lambda: self.ledger.transfer(source, destination, volume_ul))

    @rule(source=wells, destination=wells, volume_ul=volumes)
    def give_up(self, source, destination, volume_ul):
        """An attempt that fails after it changed something is undone bit for bit."""

        def fail_late():
            with self.ledger.attempt():
                self.ledger.load(destination, 1e-3, {"gold": 1.0 / 3.0})
                self.ledger.transfer(source, destination, volume_ul)
                self.ledger.transfer(source, destination, 1e6)

        assert not self.attempt(fail_late)

    @rule()
    def save_and_restore(self):
        data = json.loads(json.dumps(self.ledger.as_json(), allow_nan=False))
        self.ledger = Ledger.from_json(data, self.bench, WASTE_UL)
        assert self.ledger.as_json() == data

    @invariant()
    def nothing_is_lost_or_made(self):
        total = self.ledger.imbalance()
        assert abs(total.volume_ul) <= 1e-9 * max(1.0, self.loaded_ul)
        for material, loaded in self.loaded.items():
            assert abs(total.umol.get(material, 0.0)) <= 1e-9 * max(1.0, loaded)
            held = math.fsum(
                self.ledger.umol(address).get(material, 0.0)
                for address in self.ledger.addresses()
                if address != OUTSIDE
            )
            assert held == pytest.approx(loaded, rel=1e-9, abs=1e-9)

    @invariant()
    def nothing_is_negative_or_too_full(self):
        for address in self.ledger.addresses():
            if address == OUTSIDE:
                continue
            volume_ul = self.ledger.volume_ul(address)
            assert volume_ul >= 0.0
            assert all(amount >= 0.0 for amount in self.ledger.umol(address).values())
            if address == WASTE:
                assert volume_ul <= WASTE_UL + 1e-5
            elif "/" in address:
                assert volume_ul <= self.bench.capacity_ul(address) + 1e-5


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
