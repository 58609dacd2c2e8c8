"""The plan as a document: the only thing that the scheduler, the engine and the auditor need.

It carries the texts it was made from, so that the auditor can read what was asked from the source
and a run can be understood years later.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ncrobot.deck.layout import DeckLayout
from ncrobot.errors import DeviceErrorKind
from ncrobot.faults import Ask as AskAboutFault
from ncrobot.faults import Response
from ncrobot.model import Document
from ncrobot.plan.operations import DoseMode, Operation, WellAddress
from ncrobot.protocol.expecting import Expected


class Lag(Document):
    """Time allowed between two operations: from a point of ``before`` to the start of ``after``.

    ``max_s`` None means no upper bound. ``target_s`` is the wished value inside [min, max].
    """

    before: str = Field(description="operation id")
    point: Literal["start", "end"] = "end"
    after: str = Field(description="operation id; its start counts")
    min_s: float = 0.0
    max_s: float | None = None
    target_s: float | None = None
    kind: Literal["order", "hold", "portion", "sample", "timing"] = "order"
    line: int | None = None
    step: str | None = None
    if_late: Literal["continue", "abandon", "stop"] = "continue"


class StockUse(Document):
    """One stock on the deck: where it stands, how much is drawn and must be there.

    ``umol_per_ul`` is the amount of every material in one µL. ``solvent_fraction`` tells the
    volume fractions of its solvents. ``hydrolysis_ph`` is set where the decay model applies.
    """

    stock: str
    positions_ul: dict[WellAddress, float] = Field(description="to load, dead volume included")
    drawn_ul: float
    dead_volume_ul: float
    excess_ul: float = Field(0.0, description="of what is drawn: thrown away with tips or primed")
    umol_per_ul: dict[str, float]
    solvent_fraction: dict[str, float]
    keep_at_c: float | None = None
    life_s: float | None = None
    remake: Literal["never", "person"] = "never"
    remake_takes_s: float = 0.0
    hydrolysis_ph: float | None = None
    weigh_mg: dict[str, float] = Field(default={}, description="mg of each solid for this volume")
    measure_ul: dict[str, float] = Field(default={}, description="µL of neat liquids and solvents")
    working_of: str | None = Field(None, description="the stock that it is a dilution of")
    dilution_factor: float | None = None
    dark: bool = False


class WellPlan(Document):
    """One synthesis: its row of the table and what it is asked to contain, step by step."""

    well: str
    name: str
    kind: str
    replicate_of: str | None = None
    values: dict[str, float]
    choices: dict[str, str] = Field(
        {},
        description="the word of every choice",
        # Plans that were made before there was such a field keep their hash.
        exclude_if=lambda given: not given,
    )
    asked_umol: dict[str, float] = Field(description="by material, all doses together")
    final_volume_ul: float = Field(description="after all additions, before samples")
    peak_volume_ul: float
    hydrogen_ul: float = Field(0.0, description="gas if all hydride hydrolyses, 25 °C, 1 atm")


class SampleUse(Document):
    """What the samples of one step are for: the instrument, how long they keep, their priority."""

    step: str
    line: int | None = None
    instrument: Literal["uvvis", "hplc_ms", "other"]
    stable_for_s: float | None = None
    priority: int = 0


class Background(Document):
    """The plate is shaken while the wells are in these steps; the arm makes it pause.

    It starts when the first well reaches ``from_step`` and ends when the last leaves it.
    """

    device: str
    labware: str
    speed_rpm: float
    starts_after: tuple[str, ...] = Field(description="operations; the earliest end starts it")
    ends_before: tuple[str, ...] = Field(description="operations; the latest start ends it")
    for_s: float | None = Field(None, description="after the latest start, without an end")
    step: str
    line: int | None = None


class Warned(Document):
    """A finding that doesn't stop the plan but must be read."""

    code: str
    message: str
    line: int | None = None
    well: str | None = None


class ModeOption(Document):
    """A way to serve a step's wells that was not taken: what it costs, or why it can't be.

    ``arm_s`` is for the whole plate and all portions; ``portion_s`` for one portion of
    ``wells`` wells.
    """

    mode: DoseMode
    arm_s: float | None = None
    portion_s: float | None = None
    wells: int = 1
    reason: str | None = Field(None, description="why it is not possible, here or in some groups")


class StepModes(Document):
    """How the doses of one step reach their wells, what that costs, and what else would do.

    ``groups`` counts groups of wells by the mode that serves them. ``arm_s`` is the arm's time for
    the plate and all portions, ``portion_s`` that for one portion of the largest group, of
    ``wells`` wells. ``spread_s`` is the time between the first and the last well of a group.
    """

    step: str
    stock: str
    line: int | None = None
    mode: DoseMode
    asked: Literal["auto", "single", "repeat", "column", "multi_dispense", "pump"] = "auto"
    groups: dict[DoseMode, int]
    portions: int
    wells: int
    arm_s: float
    portion_s: float
    spread_s: float
    excess_ul: float = Field(0.0, description="drawn for nothing and thrown away, whole plate")
    alternatives: tuple[ModeOption, ...] = ()


class StepFaults(Document):
    """What a step of the protocol asks for when a device fails, by defined error.

    Responses stand in the order in which they are tried; the table of defaults holds for the rest.
    """

    step: str
    line: int | None = None
    responses: dict[DeviceErrorKind, tuple[Response | AskAboutFault, ...]]


class Texts(Document):
    """The documents this plan was made from, word for word."""

    protocol: str
    protocol_file: str | None = None
    conditions: str
    conditions_file: str | None = None
    conditions_format: Literal["csv", "yaml"] = "csv"
    deck_file: str | None = None


class Plan(Document):
    """Operations and the order and lags that must hold between them. No times."""

    ncrobot: Literal["plan/1"] = "plan/1"
    compiler_version: str
    protocol: str = Field(description="name of the protocol")
    title: str
    texts: Texts
    deck: DeckLayout
    vessel_labware: str = Field(description="name of the labware that holds the reaction wells")
    wells: tuple[WellPlan, ...]
    stocks: tuple[StockUse, ...]
    operations: tuple[Operation, ...]
    lags: tuple[Lag, ...]
    backgrounds: tuple[Background, ...] = ()
    samples: tuple[SampleUse, ...] = Field((), description="by step that takes samples")
    expected: tuple[Expected, ...] = Field(
        (),
        description="species that may be found in the samples, and how instruments tell them",
        # Plans that were made before there was such a field keep their hash.
        exclude_if=lambda given: not given,
    )
    equal_treatment: Literal["delay", "spread"] | None = None
    initial_temperatures_c: dict[str, float] = Field(default={}, description="device -> setpoint")
    modes: tuple[StepModes, ...] = Field((), description="by step, in the protocol's order")
    on_fault: tuple[StepFaults, ...] = Field(
        (),
        description="by step that asks for other responses to faults than the table of defaults",
        # Plans that were made before there was such a field keep their hash.
        exclude_if=lambda given: not given,
    )
    tips_used: dict[str, int] = Field(default={}, description="tip rack -> tips taken")
    waste_ul: float = 0.0
    warnings: tuple[Warned, ...] = ()
    assumptions: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    sha256: str = Field("", description="hash of everything else in this document")

    def sealed(self) -> Plan:
        """The same plan with its content hash filled in."""
        blank = self.model_copy(update={"sha256": ""})
        return blank.model_copy(update={"sha256": blank.content_hash()})

    def is_intact(self) -> bool:
        """Whether the content still matches the hash."""
        return self.sha256 == self.model_copy(update={"sha256": ""}).content_hash()
