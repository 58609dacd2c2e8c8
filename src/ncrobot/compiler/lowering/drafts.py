"""Drafts: operations whose tips and stock positions aren't chosen yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ncrobot.plan import DoseMode, Operation, Steering


@dataclass(frozen=True, slots=True)
class DraftLeg:
    """One channel's part: ``source`` is a stock or working solution by name, or a well address.

    In a train, ``tip`` names the kind of tip and legs of one ``tip_number`` and channel share it.
    """

    channel: int
    source: str
    destination: str
    volume_ul: float
    well: str = ""
    cycle: int = 0
    tip: str = ""
    tip_number: int = 0


@dataclass(frozen=True, slots=True)
class DraftTransfer:
    """A transfer before placing; ``tip`` is the name of the tip type."""

    id: str
    step: str
    line: int | None
    group: str | None
    wells: tuple[str, ...]
    purpose: Literal["dose", "dilution", "sample"]
    stock: str | None
    tip: str
    legs: tuple[DraftLeg, ...]
    fresh: bool
    touches: bool
    portion: int | None = None
    mix_repetitions: int = 0
    mix_volume_ul: float = 0.0
    resuspend: bool = False
    mode: DoseMode = "single"
    excess_ul: float = 0.0
    pump: str | None = None
    excess_to: Literal["source", "waste"] = "source"
    over_s: float | None = None
    steering: Steering | None = None


@dataclass(frozen=True, slots=True)
class DraftMix:
    """A mix before placing."""

    id: str
    step: str
    line: int | None
    group: str
    wells: tuple[str, ...]
    tip: str
    repetitions: int
    legs: tuple[DraftLeg, ...] = field(default=())


Draft = DraftTransfer | DraftMix | Operation
