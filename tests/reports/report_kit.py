"""A small plan by hand, its schedule, and runs of it told as events, for the tests of reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

from ncrobot.compiler import compile_plan
from ncrobot.deck import DeckLayout, load_deck
from ncrobot.events import Event, EventKind
from ncrobot.plan import Plan, Transfer
from ncrobot.protocol import load_conditions, load_protocol
from ncrobot.schedule import Schedule
from ncrobot.scheduler import schedule_plan
from ncrobot.state import RunState, fold

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {
    "au25 on the STARlet": ("au25_pmba_portions", "starlet_96"),
    "au25 on the OT-2": ("au25_pmba_portions", "ot2_96"),
    "ag25 in glass on the STARlet": ("ag25_dmbt", "starlet_96_glass"),
}
WELLS = ("A1", "B1", "A2", "B2")
WALL = "2026-03-01T08:00:00+00:00"
NOT_MODELLED = {"lot": None, "age_s": None, "active_fraction": None}

LAYOUT = DeckLayout.model_validate(
    {
        "ncrobot": "deck/1", "name": "bench", "title": "A bench", "robot": "hamilton.starlet",
        "arm": {
            "driver": "sim.liquid_handler", "channels": 8, "simultaneous": 8,
            "tips": [
                {"name": "t300", "definition": "hamilton_96_tiprack_300uL_filter", "min_ul": 5, "max_ul": 300}
            ],
            "times": {
                "pick_up_tips_s": 6, "drop_tips_s": 5, "travel_s": 1.5, "touch_down_s": 2,
                "aspirate_ul_per_s": 100, "dispense_ul_per_s": 200,
            },
        },
        "devices": {
            "shaker": {
                "kind": "shaker", "driver": "sim.shaker", "nest": "hamilton_heater_shaker",
                "speed_rpm": [20, 2000], "start_s": 3, "stop_s": 6,
            },
        },
        "carriers": [
            {"name": "tip_carrier", "definition": "TIP_CAR_480_A00", "rails": 1},
            {"name": "plate_carrier", "definition": "PLT_CAR_L5AC_A00", "rails": 13},
            {"name": "module_carrier", "definition": "MFX_CAR_L4_SHAKER", "rails": 19, "modules": {3: "shaker"}},
            {"name": "trough_carrier", "definition": "Trough_CAR_4R200_A00", "rails": 26},
        ],
        "labware": [
            {"name": "tips", "definition": "hamilton_96_tiprack_300uL_filter", "role": "tips", "carrier": "tip_carrier", "site": 0, "material": "pp"},
            {"name": "more_tips", "definition": "hamilton_96_tiprack_300uL_filter", "role": "tips", "carrier": "tip_carrier", "site": 1, "material": "pp"},
            {"name": "plate", "definition": "NEST_96_wellplate_2200uL_Ub", "role": "reaction", "on": "shaker", "material": "pp"},
            {"name": "samples", "definition": "cor_96_wellplate_360uL_Fb", "role": "samples", "carrier": "plate_carrier", "site": 0, "material": "ps"},
            {"name": "water", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "carrier": "trough_carrier", "site": 0, "material": "pp", "dead_volume_ul": 5000},
            {"name": "hydride", "definition": "hamilton_1_trough_200mL_Vb", "role": "stocks", "carrier": "trough_carrier", "site": 1, "material": "pp", "dead_volume_ul": 1000},
        ],
        "waste_capacity_ul": 1e6,
    }
)  # fmt: skip


def transfer(name: str, stock: str | None, column: int, volume_ul: float, **fields: object) -> dict:
    """A transfer into the two wells of a column (out of them, for a sample), as plain data."""
    wells = [well for well in WELLS if well.endswith(str(column))]
    per_ul = {"water": {}, "hydride": {"borohydride": 0.1, "base": 0.01}, None: {}}[stock]
    return {
        "kind": "transfer", "id": name, "step": name.split("-", maxsplit=1)[0], "device": "arm", "wells": wells,
        "group": f"c{column}", "purpose": "dose" if stock else "sample", "stock": stock,
        "tip_use": "fresh", "touches": True,
        "legs": [
            {
                "channel": number, "tip": f"tips/{well}",
                "source": f"{stock}/A1" if stock else f"plate/{well}",
                "destination": f"plate/{well}" if stock else f"samples/{well}",
                "volume_ul": volume_ul + number,
                "umol": {material: each * (volume_ul + number) for material, each in per_ul.items()},
            }
            for number, well in enumerate(wells)
        ],
        **fields,
    }  # fmt: skip


def operations() -> list[dict]:
    """Fill two columns, dose hydride in two portions each, take samples, ask a person."""
    found = [transfer(f"fill-c{c}", "water", c, 100.0) for c in (1, 2)]
    for column in (1, 2):
        for portion in (1, 2):
            name = f"reduce-c{column}-p{portion}"
            found.append(transfer(name, "hydride", column, 20.0, portion=portion))
    found += [transfer(f"uvvis-c{column}", None, column, 10.0) for column in (1, 2)]
    found.append(
        {
            "kind": "person", "id": "spin", "step": "spin", "device": "person",
            "task": "Centrifuge the plate.", "takes_s": 600, "answer_within_s": 7200, "default": "stop",
            "hazards": ["the rotor must be balanced"],
        }
    )  # fmt: skip
    return found


def make_plan(**fields: object) -> Plan:
    """A sealed plan of four wells; the fields replace those of the plan."""
    lags = [
        {
            "before": f"reduce-c{c}-p1", "point": "start", "after": f"reduce-c{c}-p2", "min_s": 1770,
            "max_s": 1830, "target_s": 1800, "kind": "portion", "step": "reduce",
        }
        for c in (1, 2)
    ]  # fmt: skip
    lags += [
        {"before": f"fill-c{c}", "after": f"reduce-c{c}-p1", "min_s": 60, "max_s": 600, "kind": "hold", "step": "rest"}
        for c in (1, 2)
    ]  # fmt: skip
    data = {
        "compiler_version": "0.1", "protocol": "by_hand", "title": "By hand",
        "texts": {"protocol": "", "conditions": ""}, "deck": LAYOUT, "vessel_labware": "plate",
        "wells": [
            {
                "well": well, "name": f"w{number}", "kind": "synthesis" if number else "blank",
                "values": {"ratio": float(number), "speed": 600.0}, "asked_umol": {},
                "final_volume_ul": 140.0, "peak_volume_ul": 140.0, "hydrogen_ul": 391.0 + number,
            }
            for number, well in enumerate(WELLS)
        ],
        "stocks": [
            {
                "stock": "water", "positions_ul": {"water/A1": 5500.0}, "drawn_ul": 402.0,
                "dead_volume_ul": 5000.0, "umol_per_ul": {}, "solvent_fraction": {"water": 1.0},
                "measure_ul": {"water": 5500.0},
            },
            {
                "stock": "hydride", "positions_ul": {"hydride/A1": 1200.0}, "drawn_ul": 164.0,
                "dead_volume_ul": 1000.0, "umol_per_ul": {"borohydride": 0.1, "base": 0.01},
                "solvent_fraction": {"water": 1.0}, "keep_at_c": 4.0, "dark": True, "life_s": 1200.0,
                "remake": "person", "remake_takes_s": 300.0, "hydrolysis_ph": 12.0,
                "weigh_mg": {"borohydride": 4.5398765, "base": 48.0}, "measure_ul": {"water": 1200.0},
            },
        ],
        "operations": operations(), "lags": lags, "tips_used": {"tips": 32}, "waste_ul": 12.0,
        "warnings": [{"code": "odd", "message": "something is odd", "line": 7, "well": "A1"}],
        "assumptions": ["stock strength: nobody printed it", "deck: tips: a guess", "deck: water: a guess"],
        "hazards": ["base: corrosive", "base: eats aluminium"],
    }  # fmt: skip
    return Plan.model_validate(data | fields).sealed()


def make_schedule(plan: Plan, **fields: object) -> Schedule:
    """Portions 1800 s apart; the second lot of hydride comes after 1400 s, to stand at 1700 s."""
    starts = {
        "fill-c1": 0, "fill-c2": 30, "reduce-c1-p1": 200, "reduce-c2-p1": 260, "refill-hydride-2": 1400,
        "reduce-c1-p2": 2000, "reduce-c2-p2": 2060, "uvvis-c1": 2400, "uvvis-c2": 2430, "spin": 4000,
        "shake-1": 100, "shake-2": 190, "shake-3": 300,
    }  # fmt: skip
    takes = {"refill-hydride-2": 300.0, "spin": 600.0}
    shakes = [
        {"kind": "shake", "id": f"shake-{n}", "step": "stir", "device": "shaker", "labware": "plate", "speed_rpm": rpm}
        for n, rpm in ((1, 600), (2, 0), (3, 600))
    ]  # fmt: skip
    refill = {
        "kind": "refill", "id": "refill-hydride-2", "step": "refill", "device": "person", "stock": "hydride",
        "lot": 2, "wells_ul": {"hydride/A1": 1090.0}, "takes_s": 300.0,
    }  # fmt: skip
    known = {op.id: op.device for op in plan.operations}
    devices = {**known, "refill-hydride-2": "person"} | {f"shake-{n}": "shaker" for n in (1, 2, 3)}
    data = {
        "plan_sha256": plan.sha256,
        "entries": [
            {
                "operation": name, "start_s": start, "duration_s": takes.get(name, 25.0),
                "device": devices[name], "resources": [devices[name]], "slack_s": 30.0,
            }
            for name, start in sorted(starts.items(), key=lambda item: item[1])
            if name in devices
        ],
        "auxiliary": [refill, *shakes],
        "lots": [
            {"stock": "hydride", "lot": 1, "made_s": 0.0, "last_use_s": 285.0, "drawn_ul": 82.0},
            {"stock": "hydride", "lot": 2, "made_s": 1700.0, "last_use_s": 2085.0, "drawn_ul": 82.0},
        ],
        "makespan_s": 4600.0, "lower_bound_s": 4000.0, "method": "by hand",
    }  # fmt: skip
    return Schedule.model_validate(data | fields)


class Story:
    """Events of a run in the making: numbers and the run's id are filled in."""

    def __init__(self, run: str = "r1", *, simulated: bool = True) -> None:
        self.events: list[Event] = []
        self._run, self._simulated = run, simulated

    def tell(self, kind: EventKind, time_s: float = 0.0, **fields: object) -> Story:
        """Add an event; ``data`` and the other fields as in :class:`Event`."""
        self.events.append(
            Event(
                run=self._run, seq=len(self.events) + 1, time_s=time_s, wall=WALL, kind=kind,
                simulated=self._simulated, **fields,
            )
        )  # fmt: skip
        return self

    def state(self) -> RunState:
        """What the events fold to."""
        return fold(self.events)


def delivery(leg: object, time_s: float, **fields: object) -> dict:
    """What an event tells of one leg's delivery."""
    return {
        "source": leg.source, "destination": leg.destination, "volume_ul": leg.volume_ul,
        "umol": dict(leg.umol), "tip": leg.tip, "delivered_s": time_s, **NOT_MODELLED, **fields,
    }  # fmt: skip


def run_as_planned(
    plan: Plan,
    schedule: Schedule,
    *,
    late_s: Callable[[str], float] = lambda _: 0.0,
    end: dict | None = None,
    simulated: bool = True,
) -> Story:
    """A run in which each operation begins ``late_s(id)`` after its time and does all of it."""
    story = Story(simulated=simulated)
    told = {"plan_sha256": plan.sha256, "user": "chemist"}
    story.tell(EventKind.RUN_CREATED, data=told)
    story.tell(EventKind.RUN_STARTED, data={"start_wall": WALL})
    by_id = {op.id: op for op in (*plan.operations, *schedule.auxiliary)}
    lots = sorted(schedule.lots, key=lambda lot: lot.made_s)
    for entry in schedule.entries:
        operation = by_id[entry.operation]
        start_s = entry.start_s + late_s(entry.operation)
        data = {
            "result": "done", "kind": operation.kind, "planned_start_s": entry.start_s,
            "planned_duration_s": entry.duration_s, "start_s": start_s, "end_s": start_s + entry.duration_s,
        }  # fmt: skip
        if isinstance(operation, Transfer):
            lot = next(
                (x for x in reversed(lots) if x.stock == operation.stock and x.made_s <= start_s),
                None,
            )
            fresh = (
                {}
                if lot is None
                else {"lot": lot.lot, "age_s": start_s + 10 - lot.made_s, "active_fraction": 0.99}
            )
            data |= {
                "purpose": operation.purpose, "stock": operation.stock, "portion": operation.portion,
                "deliveries": [delivery(leg, start_s + 10, **fresh) for leg in operation.legs],
            }  # fmt: skip
        story.tell(EventKind.OPERATION_ENDED, start_s + entry.duration_s, operation=entry.operation,
                   wells=operation.wells, data=data)  # fmt: skip
    story.tell(
        EventKind.SAFE_STATE, schedule.makespan_s, data={"confirmed": {"arm": True, "shaker": True}}
    )
    ended = {
        "status": "succeeded",
        "reason": "all operations are over",
        "wells_ok": len(plan.wells),
    }
    return story.tell(EventKind.RUN_ENDED, schedule.makespan_s, data=ended | (end or {}))


@cache
def shipped(name: str) -> tuple[Plan, Schedule]:
    """A shipped protocol with its table on a shipped deck, compiled and scheduled."""
    protocol, deck = SHIPPED[name]
    source = load_protocol(ROOT / "protocols" / f"{protocol}.yaml")
    table = load_conditions(ROOT / "protocols" / f"{protocol}.csv", source)
    plan = compile_plan(source, table, load_deck(ROOT / "deck_layouts" / f"{deck}.yaml"))
    return plan, schedule_plan(plan)


class Page(HTMLParser):
    """A page taken apart: its text, tables, attributes and drawings."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._cell: list[str] | None = None
        self._silent = 0
        self.feed(html.replace("<wbr>", ""))  # a place where a line may break is no text
        self.close()
        self.drawings = [
            ET.fromstring(f"<svg{part.split('</svg>')[0]}</svg>") for part in html.split("<svg")[1:]
        ]

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._silent += tag in ("style", "script")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "script")
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data):
        if self._silent:
            return
        self.words.append(data)
        if self._cell is not None:
            self._cell.append(data)

    @property
    def text(self) -> str:
        """All text in one line."""
        return " ".join(" ".join(self.words).split())

    def titles(self) -> list[str]:
        """What the pointer tells, over all drawings."""
        return [title.text or "" for drawing in self.drawings for title in drawing.iter("title")]

    def row(self, first: str) -> list[str]:
        """The first table row whose first non-empty cell is this."""
        return next(row for row in self.rows if next(filter(None, row), None) == first)

    def fetches(self) -> Iterable[str]:
        """Everything that a browser would go and get."""
        for tag, name, value in self.attributes:
            if (
                tag in ("link", "img", "iframe", "object", "embed")
                or (tag, name)
                == (
                    "script",
                    "src",
                )
                or (
                    name in ("href", "src", "srcset", "action", "xlink:href")
                    and not value.startswith("#")
                )
            ):
                yield f"{tag} {name}={value}"
