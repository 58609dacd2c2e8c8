"""The campaign as a document: what is searched, how plates are filled, and when it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ncrobot.campaigns.executed import Executed
from ncrobot.campaigns.figures import Figure, Limit
from ncrobot.errors import nearest_word
from ncrobot.model import Document
from ncrobot.optimizers import Layout
from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace import SearchSpace
from ncrobot.settings import FlawError, FlawsError, Word

ROWS, COLUMNS = 8, 12


class OptimizerChoice(Document):
    """Which optimizer thinks, from which seed, with which options of its own.

    ``fallback`` thinks in its place if it takes longer than ``limit_s`` or fails.
    """

    name: str = "thompson"
    seed: int = Field(0, ge=0)
    options: dict[str, Any] = Field(default_factory=dict)
    limit_s: float = Field(900.0, gt=0)
    fallback: str = "thompson"


class Reference(Document):
    """The same conditions on every plate, in several wells: what they scatter is the error."""

    wells: int = Field(ge=0, le=ROWS * COLUMNS)
    values: dict[str, float | int | str] = Field(
        default_factory=dict, description="of searched parameters; the rest has its default"
    )


class PlatePlan(Document):
    """How the wells of a plate are shared out; ``columns`` are used, from the first on."""

    columns: int = Field(COLUMNS, ge=1, le=COLUMNS)
    replicates: int = Field(1, ge=1, le=ROWS, description="wells for each suggestion")
    controls: dict[str, int] = Field(
        default_factory=dict, description="wells for each kind of control of the protocol"
    )
    reference: Reference = Reference(wells=0)

    @property
    def wells(self) -> int:
        """Wells in use, for whatever."""
        return ROWS * self.columns

    @property
    def reserved(self) -> int:
        """Wells that are not for suggestions."""
        return sum(self.controls.values()) + self.reference.wells

    def layout(self, space: SearchSpace) -> Layout:
        """How many suggestions a plate takes; columns are blocks if values are shared by blocks."""
        if any(item.scope is Scope.BLOCK for item in space.parameters.values()):
            columns = self.columns - -(-self.reserved // ROWS)
            return Layout(blocks=max(columns, 1), wells=ROWS // self.replicates)
        return Layout(wells=max((self.wells - self.reserved) // self.replicates, 1))


class Product(Document):
    """What a figure shows: a product, and the figure that a well full of it has."""

    figure: str
    full: float = Field(gt=0)


class StopRules(Document):
    """The campaign ends as soon as one of these holds."""

    rounds: int = Field(ge=1, le=1000)
    wells: int | None = Field(None, ge=1)
    stock_ul: dict[str, float] = Field(
        default_factory=dict, description="no round is begun that would draw more of a stock"
    )
    no_improvement_for: int | None = Field(
        None, ge=1, description="rounds in a row without a better result"
    )
    good_enough: dict[str, float] = Field(
        default_factory=dict, description="figures of objectives that end it when reached"
    )


class Measuring(Document):
    """How the samples of a plate are measured beside the deck, and what is made of that."""

    instruments: str = Field(description="file of the lab's instruments")
    analysis: str = Field("", description="analysis file; default: what the protocol tells")
    every: dict[Word, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="hplc: 2 measures every second sample of a step there"
    )


class Simulated(Document):
    """What reacts in simulated wells; test objects, never predictions."""

    chemistry: str = Field(description="name of a shipped set of constants, or a file of them")
    seed: int = Field(0, ge=0)


class Campaign(Document):
    """Rounds of plates that an optimizer fills; read by :func:`ncrobot.campaigns.load_campaign`."""

    ncrobot: Literal["campaign/1"]
    name: Word
    title: str = ""
    protocol: str
    deck: str
    search: SearchSpace
    optimizer: OptimizerChoice = OptimizerChoice()
    plate: PlatePlan = PlatePlan()
    figures: dict[Word, Figure] = Field(
        default_factory=dict, description="read from spectra of the reader on the deck"
    )
    measuring: Measuring | None = Field(
        None, description="in place of figures: instruments beside the deck, and an analysis"
    )
    blank: str | None = Field(None, description="control whose spectrum is taken off all others")
    saturated_au: float = Field(3.0, gt=0, description="above it the reader can't be believed")
    failed_if: dict[Word, Limit] = Field(default_factory=dict)
    products: dict[Word, Product] = Field(
        default_factory=dict, description="for maps of which product dominates where"
    )
    executed: dict[str, Executed] = Field(
        default_factory=dict, description="how the executed value of a parameter is found"
    )
    stop: StopRules
    simulated: Simulated | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Campaign:
        flaws = [*_flaws(self)]
        if flaws:
            raise FlawsError(flaws)
        return self

    @property
    def layout(self) -> Layout:
        """Where the suggestions of one round go."""
        return self.plate.layout(self.search)

    def identity(self) -> str:
        """Hash of everything but what reacts in the simulator, which the ledger keeps."""
        return self.model_copy(update={"simulated": None}).content_hash()


def _flaws(campaign: Campaign) -> Iterator[FlawError]:
    space = campaign.search
    if bool(campaign.figures) == (campaign.measuring is not None):
        message = "a campaign has figures, or measuring; one of the two"
        yield FlawError(message, code="no-figures", at=("figures",), fix="give one of them")
    elif campaign.figures:
        yield from figure_flaws(campaign, campaign.figures)
    tables: tuple[tuple[tuple[str, ...], Any, Any], ...] = (
        (("executed",), campaign.executed, space.parameters),
        (("plate", "reference", "values"), campaign.plate.reference.values, space.parameters),
        (("stop", "good_enough"), campaign.stop.good_enough, space.objectives),
    )
    for at, given, known in tables:
        yield from _unknown(at, given, known)
    if campaign.blank is not None and campaign.blank not in campaign.plate.controls:
        message = "this control is not on the plate"
        yield FlawError(
            message, code="unknown-name", at=("blank",), fix="add it to plate: controls:"
        )
    plate = campaign.plate
    if campaign.layout.capacity * plate.replicates + plate.reserved > plate.wells:
        message = "controls and references leave no wells for suggestions"
        yield FlawError(message, code="no-room", at=("plate",), fix="give them fewer wells")


def figure_flaws(campaign: Campaign, figures: Collection[str]) -> Iterator[FlawError]:
    """What the campaign asks of figures that nobody finds."""
    for name in campaign.search.objectives:
        if name not in figures:
            fix = "say how it is found: under figures, or in the analysis file"
            message = f'the objective "{name}" is no figure'
            yield FlawError(
                message, code="unknown-figure", at=("search", "objectives"), fix=fix,
                allowed=", ".join(figures),
            )  # fmt: skip
    yield from _unknown(("failed_if",), campaign.failed_if, figures)
    for name, product in campaign.products.items():
        if product.figure not in figures:
            message = f'"{product.figure}" is no figure'
            at = ("products", name, "figure")
            yield FlawError(message, code="unknown-figure", at=at, allowed=", ".join(figures))


def _unknown(
    at: tuple[str, ...], given: Iterable[str], known: Collection[str]
) -> Iterator[FlawError]:
    for name in given:
        if name not in known:
            near = nearest_word(name, known)
            yield FlawError(
                f'nothing here is called "{name}"',
                code="unknown-name",
                at=(*at, name),
                allowed=", ".join(known),
                fix=f"did you mean '{near}'?" if near else "delete it",
            )
