"""What a campaign is made of, checked before anything is opened, written or begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ncrobot.campaigns import Loaded
from ncrobot.deck import DeckLayout, load_deck
from ncrobot.lab.acquiring import RESPONSES
from ncrobot.lab.campaign_measuring import TWIN, figures_told
from ncrobot.lab.campaign_refusals import check_campaign
from ncrobot.optimizers import check_fallback
from ncrobot.plugins import load
from ncrobot.protocol import ProtocolSource, load_protocol
from ncrobot.samples import load_instruments, load_template


@dataclass(frozen=True, slots=True)
class Parts:
    """Protocol and deck of a campaign that go together with it."""

    protocol: ProtocolSource
    deck: DeckLayout


def checked_parts(loaded: Loaded) -> Parts:
    """Read what a campaign names, and hold it against each other.

    Raises:
        UserError: one of the files is wrong, or doesn't go with the others.
    """
    parts = Parts(load_protocol(loaded.protocol), load_deck(loaded.deck))
    check_campaign(loaded, parts.protocol, figures_told)
    check_fallback(loaded.campaign.optimizer.fallback)
    _check_instruments(loaded)
    return parts


def _check_instruments(loaded: Loaded) -> None:
    """Whatever a plate is measured with can be read now, and not only when the plate is made."""
    if loaded.instruments is None:
        return
    for settings in load_instruments(loaded.instruments).instruments.values():
        told = settings.worklist
        if told is not None:
            load_template(told.template, told.software, told.columns, told.row)


def check_chemistry(chemistry: str, parts: Parts) -> None:
    """Whether something of the protocol can react by a set of constants; an empty one is none.

    Raises:
        LabError: there is no such set, it is wrong, or the protocol's metal isn't in it.
    """
    if chemistry:
        response: Any = load(RESPONSES, TWIN, "response")
        response.check(chemistry, list(parts.protocol.protocol.materials))
