"""Plans made by hand: a deck, stocks with figures that can be worked out in the head, and a maker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ncrobot.auditor import AuditReport, audit_plan
from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import (
    Lag,
    Leg,
    MixLeg,
    MixWells,
    Operation,
    Plan,
    StockUse,
    Texts,
    Transfer,
    WellPlan,
)
from ncrobot.protocol import read_conditions, read_protocol

HEAD = """\
ncrobot: protocol/1
name: by_hand
title: A plan made by hand
materials:
  gold: {name: gold salt, role: metal, formula: AuCl3, molar_mass: 300 g/mol}
  dimer: {name: gold dimer, role: metal, formula: Na2Au2Cl8, molar_mass: 600 g/mol}
  thiol: {name: some thiol, role: ligand, formula: C7H6O2S, molar_mass: 150 g/mol, assay: 90 %}
  oil: {name: oily thiol, role: ligand, formula: C8H10S, molar_mass: 138 g/mol, density: 1.38 g/mL, assay: 50 %}
  hydride: {name: sodium borohydride, role: reductant, formula: NaBH4, molar_mass: 40 g/mol, electrons: 8}
  acid: {name: hydrochloric acid, role: acid, formula: HCl, molar_mass: 36 g/mol}
  base: {name: sodium hydroxide, role: base, formula: NaOH, molar_mass: 40 g/mol}
  au25: {name: a finished cluster, role: cluster, formula: "[Au25(PET)18]-", molar_mass: 7000 g/mol}
  water: {name: water, role: solvent, formula: H2O}
  ethanol: {name: ethanol, role: solvent, formula: C2H6O}
stocks:
  water: {of: water, neat: true}
  ethanol: {of: ethanol, neat: true}
  gold: {of: gold, concentration: 20 mM, solvent: water}
  dimer: {of: dimer, concentration: 10 mM, solvent: water}
  thiol: {of: thiol, weighed: 15 mg/mL, also: {base: 50 mM}, solvent: {water: 0.5, ethanol: 0.5}}
  oil: {of: oil, neat: true}
  hydride: {of: hydride, weighed: 0.4 mg/mL, solvent: water, dilutable: false}
  acid: {of: acid, concentration: 100 mM, solvent: water, tips: fresh}
  base: {of: base, concentration: 100 mM, solvent: water}
  cluster: {of: au25, weighed: 7 mg/mL, solvent: ethanol}
vessel: {final_volume: 1 mL}
parameters:
  ratio: {quantity: ratio, range: [0, 20], default: 2}
  portions: {quantity: count, range: [1, 8], default: 3}
controls:
  blank: {omit: [gold]}
steps:
"""
TABLE = "name,well\nr1,A1\n"
PLATE = "reaction_plate"
# mol/L, which is µmol/µL: 15 mg/mL of 90 % at 150 g/mol are 0.09, half of 1380 mg/mL at 138 g/mol is 5.
STRENGTHS: dict[str, dict[str, float]] = {
    "water": {},
    "ethanol": {},
    "gold": {"gold": 0.02},
    "dimer": {"dimer": 0.01},
    "thiol": {"thiol": 0.09, "base": 0.05},
    "oil": {"oil": 5.0},
    "hydride": {"hydride": 0.01},
    "acid": {"acid": 0.1},
    "base": {"base": 0.1},
    "cluster": {"au25": 0.001},
}
SOLVENTS: dict[str, dict[str, float]] = {
    "ethanol": {"ethanol": 1.0},
    "thiol": {"water": 0.5, "ethanol": 0.5},
    "oil": {"oil": 1.0},
    "cluster": {"ethanol": 1.0},
}
# mg of each solid in 1 mL: mmol/mL times g/mol, over the assay.
MG_PER_ML: dict[str, dict[str, float]] = {
    "gold": {"gold": 6.0},
    "dimer": {"dimer": 6.0},
    "thiol": {"thiol": 15.0, "base": 2.0},
    "hydride": {"hydride": 0.4},
    "acid": {"acid": 3.6},
    "base": {"base": 4.0},
    "cluster": {"au25": 7.0},
}
NEAT = ("water", "ethanol", "oil")
DEAD_UL = 1000.0
# Four molecules of gas for each of borohydride, 24.465 L/mol at 25 °C and 1 atm.
HYDROGEN_UL_PER_UMOL = 4 * 24.465


def layout() -> DeckLayout:
    """Eight channels, three kinds of tips, a trough for each stock, three plates and a shaker."""
    troughs = [
        {"name": f"trough_{stock}", "definition": "hamilton_1_trough_60mL_Vb", "role": "stocks",
         "material": "polypropylene", "dead_volume_ul": DEAD_UL}
        for stock in STRENGTHS
    ]  # fmt: skip
    plates = [
        {"name": name, "definition": "NEST_96_wellplate_2200uL_Ub", "role": role,
         "material": "polypropylene", **more}
        for name, role, more in (
            (PLATE, "reaction", {"on": "shaker"}), ("dilution_plate", "dilution", {}),
            ("sample_plate", "samples", {}),
        )
    ]  # fmt: skip
    kinds = {"t50": (50, 5), "t300": (300, 30), "t1000": (1000, 100)}
    racks = [
        {"name": f"{kind}_rack", "definition": f"hamilton_96_tiprack_{size}uL_filter",
         "role": "tips", "material": "polypropylene"}
        for kind, (size, _) in kinds.items()
    ]  # fmt: skip
    tips = [
        {"name": kind, "definition": f"hamilton_96_tiprack_{size}uL_filter", "min_ul": low,
         "max_ul": size}
        for kind, (size, low) in kinds.items()
    ]  # fmt: skip
    times = {
        "pick_up_tips_s": 5, "drop_tips_s": 5, "travel_s": 1, "touch_down_s": 2,
        "aspirate_ul_per_s": 100, "dispense_ul_per_s": 200,
    }  # fmt: skip
    shaker = {
        "kind": "shaker", "driver": "some.shaker", "speed_rpm": [100, 2000], "stop_s": 5,
        "start_s": 5, "temperature_c": [4, 90],
    }  # fmt: skip
    return DeckLayout.model_validate(
        {
            "ncrobot": "deck/1", "name": "by_hand", "robot": "hamilton.starlet",
            "arm": {"driver": "some.arm", "channels": 8, "simultaneous": 8, "tips": tips,
                    "times": times},
            "devices": {"shaker": shaker}, "labware": [*plates, *racks, *troughs],
            "waste_capacity_ul": 1e6,
        }
    )  # fmt: skip


class Maker:
    """Builds a plan operation by operation; each lag follows from the one before in the same group.

    Every group is one well unless ``wells`` are grouped. ``held`` in a call is the hold that the
    operation has to keep: ``(min_s, max_s, step)``.
    """

    def __init__(self, steps: str, *, table: str = TABLE, head: str = HEAD) -> None:
        self.text, self.table = head + steps, table
        self.source = read_protocol(self.text)
        self.conditions = read_conditions(table, self.source, format="csv")
        self.operations: list[Operation] = []
        self.lags: list[Lag] = []
        self.last: dict[str, str] = {}
        self.reused: dict[tuple[str, int, str], str] = {}
        self.taken: dict[tuple[str, int], int] = {}
        self.working: dict[str, tuple[str, str, float]] = {}
        self.plan_fields: dict[str, Any] = {}

    def place(self, stock: str) -> str:
        """Where a stock or a working solution stands."""
        return self.working[stock][1] if stock in self.working else f"trough_{stock}/A1"

    def umol(self, stock: str, volume_ul: float) -> dict[str, float]:
        """What a volume of a stock or a working solution holds."""
        origin, _, factor = self.working.get(stock, (stock, "", 1.0))
        return {name: each * volume_ul / factor for name, each in STRENGTHS[origin].items()}

    def tip(self, volume_ul: float, row: int, stock: str | None) -> str:
        """A tip for a channel in a row: the stock's own of that kind, or a fresh one."""
        kinds = (("t50", 50), ("t300", 300), ("t1000", 1000))
        kind = next(kind for kind, most_ul in kinds if volume_ul <= most_ul)
        own = (kind, row, stock)
        if stock is not None and own in self.reused:
            return self.reused[own]
        column = self.taken.get((kind, row), 0) + 1
        self.taken[kind, row] = column
        address = f"{kind}_rack/{'ABCDEFGH'[row]}{column}"
        if stock is not None:
            self.reused[own] = address
        return address

    def chain(self, group: str, name: str, held: tuple[float, float | None, str] | None) -> None:
        """Put an operation behind the last one of its group."""
        if group in self.last:
            low, high, step = held or (0.0, None, None)
            kind = "hold" if held else "order"
            self.lags.append(
                Lag(
                    before=self.last[group], after=name, min_s=low, max_s=high, kind=kind, step=step
                )
            )
        self.last[group] = name

    def new_id(self, wish: str) -> str:
        """An id that no other operation has."""
        return f"{wish}-{len(self.operations) + 1}"

    def dose(
        self,
        step: str,
        stock: str,
        volumes: float | Mapping[str, float],
        *,
        portion: int | None = None,
        held: tuple[float, float | None, str] | None = None,
    ) -> str:
        """A dose into A1, or into the wells of one group, each by its own channel."""
        by_well = volumes if isinstance(volumes, Mapping) else {"A1": volumes}
        group, name = "c1", self.new_id(f"{step}-c1")
        origin = self.working.get(stock, (stock, "", 1.0))[0]
        fresh = self.source.protocol.stocks[origin].tips == "fresh"
        legs = tuple(
            Leg(
                channel="ABCDEFGH".index(well[0]),
                tip=self.tip(volume_ul, "ABCDEFGH".index(well[0]), None if fresh else stock),
                source=self.place(stock),
                destination=f"{PLATE}/{well}",
                volume_ul=volume_ul,
                umol=self.umol(stock, volume_ul),
            )
            for well, volume_ul in by_well.items()
        )
        self.operations.append(
            Transfer(
                id=name, step=step, device="arm", wells=tuple(by_well), group=group, portion=portion,
                purpose="dose", stock=stock, legs=legs, tip_use="fresh" if fresh else "reuse",
                touches=fresh,
            )
        )  # fmt: skip
        self.chain(group, name, held)
        if stock in self.working:
            makes = [o.id for o in self.operations if o.step == "prepare"]
            self.lags.append(Lag(before=makes[-1], after=name))
        return name

    def prepare(self, name: str, stock: str, diluent: str, parts: tuple[float, float]) -> None:
        """A working solution of ``parts`` µL of a stock and of its solvent, in the dilution plate."""
        address = f"dilution_plate/{'ABCDEFGH'[len(self.working)]}1"
        ids = []
        for source, volume_ul, fresh in ((diluent, parts[1], False), (stock, parts[0], True)):
            leg = Leg(
                channel=0, tip=self.tip(volume_ul, 0, None if fresh else source),
                source=self.place(source), destination=address, volume_ul=volume_ul,
                umol=self.umol(source, volume_ul),
            )  # fmt: skip
            operation = Transfer(
                id=self.new_id(f"prepare-{name}"), step="prepare", device="arm", purpose="dilution",
                stock=source, legs=(leg,), tip_use="fresh" if fresh else "reuse", touches=fresh,
                mix_repetitions=3 if fresh else 0, mix_volume_ul=parts[0] if fresh else 0.0,
            )  # fmt: skip
            self.operations.append(operation)
            ids.append(operation.id)
        self.lags.append(Lag(before=ids[0], after=ids[1], step="prepare"))
        self.working[name] = (stock, address, sum(parts) / parts[0])

    def sample(
        self,
        step: str,
        volume_ul: float,
        targets: Mapping[str, str],
        *,
        number: int = 1,
        diluent: tuple[str, float] | None = None,
        held: tuple[float, float | None, str] | None = None,
        between: tuple[str, str | None] | None = None,
    ) -> str:
        """One aliquot of each well; ``between`` puts it between two operations of the chain."""
        ahead = None
        if diluent is not None:
            stock, each_ul = diluent
            ahead = self.new_id(f"{step}-diluent")
            legs = tuple(
                Leg(
                    channel=row, tip=self.tip(each_ul, row, stock),
                    source=self.place(stock), destination=target, volume_ul=each_ul,
                    umol=self.umol(stock, each_ul),
                )
                for row, (well, target) in enumerate(targets.items())
            )  # fmt: skip
            self.operations.append(
                Transfer(
                    id=ahead, step=step, device="arm", purpose="dilution", stock=stock, legs=legs,
                    tip_use="reuse", touches=False,
                )
            )  # fmt: skip
        name = self.new_id(f"{step}-c1")
        legs = tuple(
            Leg(
                channel=row, tip=self.tip(volume_ul, row, None), source=f"{PLATE}/{well}",
                destination=target, volume_ul=volume_ul, umol={},
            )
            for row, (well, target) in enumerate(targets.items())
        )  # fmt: skip
        self.operations.append(
            Transfer(
                id=name, step=step, device="arm", wells=tuple(targets), group="c1", portion=number,
                purpose="sample", stock=None, legs=legs, tip_use="fresh", touches=True,
            )
        )  # fmt: skip
        if between is None:
            self.chain("c1", name, held)
        else:
            self.lags.append(Lag(before=between[0], after=name))
            if between[1] is not None:
                self.lags.append(Lag(before=name, after=between[1]))
        if ahead is not None:
            self.lags.append(Lag(before=ahead, after=name))
        return name

    def mix(self, step: str, wells: Sequence[str], volume_ul: float, repetitions: int) -> str:
        """Mix wells with fresh tips."""
        name = self.new_id(f"{step}-c1")
        legs = tuple(
            MixLeg(channel=row, tip=self.tip(volume_ul, row, None), well=f"{PLATE}/{well}",
                   volume_ul=volume_ul)
            for row, well in enumerate(wells)
        )  # fmt: skip
        self.operations.append(
            MixWells(id=name, step=step, device="arm", wells=tuple(wells), group="c1", legs=legs,
                     repetitions=repetitions)
        )  # fmt: skip
        self.chain("c1", name, None)
        return name

    def whole_plate(self, operation: Operation, held: Any = None) -> None:
        """Work on the whole plate, behind all that was done in the group."""
        self.operations.append(operation)
        self.chain("c1", operation.id, held)

    def plan(self, asked_umol: Mapping[str, Mapping[str, float]] | None = None) -> Plan:
        """The sealed plan; what it claims follows from its legs, unless it is given."""
        protocol = self.source.protocol
        fields: dict[str, Any] = {
            "compiler_version": "by hand", "protocol": protocol.name, "title": protocol.title,
            "texts": Texts(protocol=self.text, conditions=self.table, conditions_format="csv"),
            "deck": layout(), "vessel_labware": PLATE, "wells": self._wells(asked_umol or {}),
            "stocks": self._stocks(), "operations": tuple(self.operations),
            "lags": tuple(self.lags),
            "tips_used": {
                f"{kind}_rack": sum(n for (k, _), n in self.taken.items() if k == kind)
                for kind, _ in self.taken
            },
        }  # fmt: skip
        return Plan.model_validate({**fields, **self.plan_fields}).sealed()

    def _transfers(self) -> list[Transfer]:
        return [o for o in self.operations if isinstance(o, Transfer)]

    def _wells(self, asked_umol: Mapping[str, Mapping[str, float]]) -> tuple[WellPlan, ...]:
        found = []
        dilutions = {step.id for step in self.source.protocol.steps if step.do == "dilute"}
        for row in self.conditions.rows:
            address = f"{PLATE}/{row.well}"
            level_ul = peak_ul = final_ul = 0.0
            umol: dict[str, float] = {}
            for operation in self._transfers():
                for leg in operation.legs:
                    level_ul += leg.volume_ul * (
                        (leg.destination == address) - (leg.source == address)
                    )
                    peak_ul = max(peak_ul, level_ul)
                    if leg.destination == address and operation.step not in dilutions:
                        final_ul += leg.volume_ul
                        for name, amount in leg.umol.items():
                            umol[name] = umol.get(name, 0.0) + amount
            umol = dict(asked_umol.get(row.well, umol))
            hydrogen_ul = umol.get("hydride", 0.0) * HYDROGEN_UL_PER_UMOL
            found.append(
                WellPlan(
                    well=row.well, name=row.name, kind=row.kind, replicate_of=row.replicate_of,
                    values=row.values, asked_umol=umol, hydrogen_ul=hydrogen_ul,
                    final_volume_ul=final_ul, peak_volume_ul=peak_ul,
                )
            )  # fmt: skip
        return tuple(found)

    def _stocks(self) -> tuple[StockUse, ...]:
        uses = []
        for stock, strength in STRENGTHS.items():
            drawn_ul = sum(
                leg.volume_ul
                for operation in self._transfers()
                for leg in operation.legs
                if leg.source == self.place(stock)
            )
            if drawn_ul == 0:
                continue
            load_ul = drawn_ul + DEAD_UL + 500
            solvents = SOLVENTS.get(stock, {"water": 1.0})
            weigh = {} if stock in NEAT else MG_PER_ML[stock]
            uses.append(
                StockUse(
                    stock=stock, positions_ul={self.place(stock): load_ul}, drawn_ul=drawn_ul,
                    dead_volume_ul=DEAD_UL, umol_per_ul=strength, solvent_fraction=solvents,
                    weigh_mg={name: each * load_ul / 1000 for name, each in weigh.items()},
                    measure_ul={name: share * load_ul for name, share in solvents.items()},
                )
            )  # fmt: skip
        for name, (stock, address, factor) in self.working.items():
            content = {material: each / factor for material, each in STRENGTHS[stock].items()}
            uses.append(
                StockUse(
                    stock=name, positions_ul={address: 0.0}, drawn_ul=0.0, dead_volume_ul=0.0,
                    umol_per_ul=content, solvent_fraction={"water": 1.0}, working_of=stock,
                    dilution_factor=factor,
                )
            )  # fmt: skip
        return tuple(uses)


def codes(plan: Plan) -> list[str]:
    """The codes of all differences of a plan."""
    return [difference.code for difference in audit_plan(plan).differences]


def told(report: AuditReport) -> str:
    """All differences, one a line, for the message of a failed assertion."""
    return "\n".join(f"{d.code}: {d}" for d in report.differences)


def agrees(plan: Plan) -> bool:
    """Whether a plan audits without difference; prints what differs."""
    report = audit_plan(plan)
    return not report.differences
