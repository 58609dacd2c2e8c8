"""Dilute: working solutions prepared on the deck, with their own wells, tips and operations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ncrobot.compiler.delivery import Delivery, Working
from ncrobot.compiler.findings import Findings
from ncrobot.compiler.grouping import Group
from ncrobot.compiler.lowering.drafts import DraftLeg, DraftTransfer
from ncrobot.compiler.tip_choice import choose_trips, rounded, smallest_dose_ul
from ncrobot.compiler.trains import solo_channel
from ncrobot.deck import Deck
from ncrobot.deck.layout import Head, TipType
from ncrobot.plan import Lag
from ncrobot.units import Dimension, format_quantity

# Mixing a working solution: repetitions, share of the volume (assumed: usual pipetting practice).
MIX_REPETITIONS = 5
MIX_SHARE = 0.5
CHANNELS = 8


@dataclass(frozen=True, slots=True)
class Preparation:
    """Where each working solution stands, and the transfers that make it."""

    wells: Mapping[tuple[str, int], str]
    volumes_ul: Mapping[str, float]
    of: Mapping[str, Working]
    drafts: tuple[DraftTransfer, ...]
    lags: tuple[Lag, ...]
    by_source: Mapping[str, tuple[str, ...]]


def prepare(
    delivery: Delivery,
    groups: Sequence[Group],
    deck: Deck,
    tips: tuple[TipType, ...],
    findings: Findings,
) -> Preparation:
    """Give every working solution a column of wells, one a channel, and what fills it."""
    heads = deck.layout.arm.all_heads()
    together = any(head.kind == "independent" for head in heads)
    if not together and delivery.working:
        tips = tuple(tip for tip in tips if solo_channel(tip, heads) is not None)
        if not tips:
            findings.error(
                "no-single-channel",
                "working solutions are made one by one, and the arm has rigid heads only",
                allowed="a single channel, or channels with independent volumes",
                fix="add a single-channel pipette to the deck layout, or make the stocks weaker",
            )
            findings.stop()
    demand = _demand(delivery, groups, tips, heads, together=together)
    addresses = [[f"{p.name}/{w}" for w in deck.wells(p.name)] for p in deck.with_role("dilution")]
    columns = [plate[start : start + 8] for plate in addresses for start in range(0, len(plate), 8)]
    wells: dict[tuple[str, int], str] = {}
    volumes: dict[str, float] = {}
    of: dict[str, Working] = {}
    minimum_ul = smallest_dose_ul(tips)
    for number, (name, by_channel) in enumerate(demand.items()):
        solution = delivery.working[name]
        if number >= len(columns):
            findings.error(
                "no-dilution-wells",
                f"no wells are left for the working solution {name!r}",
                fix="add a plate with role: dilution to the deck layout",
            )
            continue
        for channel, volume_ul in by_channel.items():
            address = columns[number][channel]
            needed = volume_ul + deck.dead_volume_ul(address)
            whole = math.ceil(max(needed * 1.05, minimum_ul * solution.factor))
            if whole > deck.capacity_ul(address):
                findings.error(
                    "working-solution-too-large",
                    f"the working solution {name!r} doesn't fit into one well",
                    well=address,
                    found=format_quantity(whole, Dimension.VOLUME),
                    allowed=format_quantity(deck.capacity_ul(address), Dimension.VOLUME),
                    fix=f"make {solution.stock!r} weaker, so that it is dosed without dilution",
                )
            wells[name, channel] = address
            volumes[address] = float(whole)
            of[address] = solution
    drafts, lags, by_source = _operations(wells, volumes, of, tips, heads)
    return Preparation(wells, volumes, of, drafts, lags, by_source)


def _demand(
    delivery: Delivery,
    groups: Sequence[Group],
    tips: tuple[TipType, ...],
    heads: Sequence[Head],
    *,
    together: bool,
) -> dict[str, dict[int, float]]:
    """µL of each working solution by channel; one well if the arm moves one channel at a time."""
    demand: dict[str, dict[int, float]] = {}
    for group in groups:
        for well in group.wells:
            for draw in delivery.draws[well].values():
                if draw.source not in delivery.working:
                    continue
                for trip in choose_trips({well: draw.volume_ul}, tips):
                    alone = not together or solo_channel(trip.tip, heads) is not None
                    channel = 0 if alone else group.channels[well] % CHANNELS
                    by_channel = demand.setdefault(draw.source, {})
                    share = trip.volumes_ul[well] * draw.portions
                    by_channel[channel] = by_channel.get(channel, 0.0) + share
    return demand


def _operations(
    wells: Mapping[tuple[str, int], str],
    volumes: Mapping[str, float],
    of: Mapping[str, Working],
    tips: tuple[TipType, ...],
    heads: Sequence[Head],
) -> tuple[tuple[DraftTransfer, ...], tuple[Lag, ...], dict[str, tuple[str, ...]]]:
    drafts: list[DraftTransfer] = []
    lags: list[Lag] = []
    by_source: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(source for source, _ in wells):
        channels = {address: channel for (n, channel), address in wells.items() if n == name}
        solution = of[next(iter(channels))]
        parts = {a: rounded(volumes[a] / solution.factor) for a in channels}
        rest = {a: rounded(volumes[a] - parts[a]) for a in channels}
        ids: list[str] = []
        for source, amounts, mix in ((solution.diluent, rest, 0), (solution.stock, parts, 1)):
            trips = choose_trips(amounts, tips)
            for number, trip in enumerate(trips):
                last = mix and number == len(trips) - 1
                largest = max(trip.volumes_ul.values())
                mix_ul = min(trip.tip.max_ul, MIX_SHARE * min(volumes[a] for a in channels))
                drafts.append(
                    DraftTransfer(
                        id=f"prepare-{name}-{source}-{number + 1}",
                        step="prepare",
                        line=None,
                        group=None,
                        wells=(),
                        purpose="dilution",
                        stock=source,
                        tip=trip.tip.name,
                        legs=tuple(
                            DraftLeg(
                                channels[a] if (c := solo_channel(trip.tip, heads)) is None else c,
                                source, a, volume, a,
                            )
                            for a, volume in trip.volumes_ul.items()
                        ),
                        fresh=bool(mix),
                        touches=bool(mix),
                        mix_repetitions=MIX_REPETITIONS if last else 0,
                        mix_volume_ul=max(mix_ul, min(largest, trip.tip.max_ul)) if last else 0.0,
                    )
                )  # fmt: skip
                if ids:
                    lags.append(Lag(before=ids[-1], after=drafts[-1].id, step="prepare"))
                ids.append(drafts[-1].id)
        by_source[name] = (ids[-1],)
    return tuple(drafts), tuple(lags), by_source
