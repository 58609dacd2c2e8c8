"""Acts of an arm with known times, told as the events of a run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ncrobot.deck import DeckLayout, load_deck
from ncrobot.events import Event, EventKind

ROOT = Path(__file__).resolve().parents[2]
LAYOUT_FILE = ROOT / "deck_layouts" / "starlet_96.yaml"
LAYOUT: DeckLayout = load_deck(LAYOUT_FILE)
TRUE = {
    "pick_up_tips_s": 8.2,
    "drop_tips_s": 3.9,
    "travel_s": 2.3,
    "touch_down_s": 1.1,
    "aspirate_ul_per_s": 83.0,
    "dispense_ul_per_s": 310.0,
    "move_plate_s": 31.0,
}
Act = tuple[str, str, dict, float]
"""Operation, act, data of the intent, duration in s."""


def moves(labware: str, volumes_ul: Iterable[float], column: int = 1) -> list[dict]:
    return [
        {"channel": n, "address": f"{labware}/{'ABCDEFGH'[n]}{column}", "volume_ul": v}
        for n, v in enumerate(volumes_ul)
    ]


def visit(
    name: str,
    volumes_ul: Iterable[float],
    times: Mapping[str, float] = TRUE,
    *,
    mixes: int = 0,
    resuspends: bool = False,
    returns: bool = False,
) -> list[Act]:
    """One transfer of a column, act by act, each as long as these times make it."""
    volumes = list(volumes_ul)
    most = max(volumes)
    reach = times["travel_s"] + times["touch_down_s"]
    draw, push = most / times["aspirate_ul_per_s"], most / times["dispense_ul_per_s"]
    tips = [{"channel": n, "tip": f"tips/{'ABCDEFGH'[n]}1"} for n in range(len(volumes))]
    source, target = moves("stock", volumes), moves("plate", volumes)
    acts: list[Act] = [
        (name, "pick_up_tips", {"tips": tips}, times["travel_s"] + times["pick_up_tips_s"])
    ]
    if resuspends:
        data = {"moves": source, "repetitions": 3}
        acts.append((name, "resuspend", data, reach + 3 * (draw + push)))
    acts.append((name, "aspirate", {"moves": source}, draw if resuspends else reach + draw))
    acts.append((name, "dispense", {"moves": target}, reach + push))
    if mixes:
        data = {"moves": target, "repetitions": mixes}
        acts.append((name, "mix", data, times["touch_down_s"] + mixes * (draw + push)))
    shed = {"tips": tips} if returns else {"channels": list(range(len(volumes)))}
    act = "return_tips" if returns else "discard_tips"
    acts.append((name, act, shed, times["travel_s"] + times["drop_tips_s"]))
    return acts


def plate_move(name: str, times: Mapping[str, float] = TRUE) -> list[Act]:
    data = {"labware": "plate", "to": "reader"}
    return [(name, "move_labware", data, times["move_plate_s"])]


def told(
    acts: Iterable[Act],
    *,
    simulated: bool = False,
    delay_s: Callable[[int], float] = lambda _: 0.0,
) -> list[Event]:
    """The events of these acts, one after the other with a second between."""
    events: list[Event] = []
    now_s = 0.0

    def tell(kind: EventKind, operation: str, act: str, data: dict) -> None:
        events.append(
            Event(
                run="r1", seq=len(events) + 1, time_s=now_s, wall="2026-03-01T08:00:00+00:00",
                kind=kind, operation=operation, act=act, simulated=simulated, data=data,
            )
        )  # fmt: skip

    for number, (operation, act, data, duration_s) in enumerate(acts):
        tell(EventKind.INTENT, operation, act, data)
        now_s += duration_s + delay_s(number)
        tell(EventKind.DONE, operation, act, {})
        now_s += 1.0
    return events


def rich_acts(
    count: int = 40, times: Mapping[str, float] = TRUE, *, seed: int = 1, mixes: int = 3
) -> list[Act]:
    """Visits of many volumes, every other one mixed, with plate moves between."""
    drawn = random.Random(seed)
    acts: list[Act] = []
    for n in range(count):
        volumes = [drawn.uniform(10, 900) for _ in range(drawn.randint(1, 8))]
        acts += visit(
            f"t{n}", volumes, times,
            mixes=mixes * (n % 2), resuspends=n % 5 == 0, returns=n % 3 == 0,
        )  # fmt: skip
        if n % 8 == 0:
            acts += plate_move(f"m{n}", times)
    return acts
