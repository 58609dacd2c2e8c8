"""Promises: what a protocol asks for and no device of the deck does; people must see to it."""

from __future__ import annotations

from ncrobot.chemistry import gas_name
from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.deck.layout import Gas
from ncrobot.protocol import Age, Hold, ProtocolSource, UnderGas, step_ids


def warn_of_promises(source: ProtocolSource, deck: Deck, plate: str, findings: Findings) -> None:
    """Say what the plan can't do by itself: darkness, inert gas."""
    protocol, layout = source.protocol, deck.layout
    if protocol.vessel.dark or any(stock.dark for stock in protocol.stocks.values()):
        kept = [name for name, stock in protocol.stocks.items() if stock.dark]
        what = "the reaction plate" if protocol.vessel.dark else ", ".join(kept)
        findings.warn("keep-dark", f"nothing on the deck keeps light away: cover {what}", "vessel")
    if protocol.vessel.atmosphere == "inert":
        findings.warn(
            "no-inert-gas",
            "the plan works in air: nothing on the deck provides an inert atmosphere",
            "vessel",
            "atmosphere",
        )
    gases = [step for step in protocol.steps if isinstance(step, UnderGas)]
    flowing = {gas_name(step.gas) for step in gases}
    flowing |= {gas_name(step.flush.gas) for step in gases if step.flush is not None}
    for name, device in layout.devices.items():
        if isinstance(device, Gas) and gas_name(device.gas) not in flowing:
            findings.warn(
                "gas-stays-shut",
                f"{name} stays shut: no step of the protocol lets {device.gas} flow; "
                "its watchdog is armed all the same",
                "vessel",
            )
    for index, name in enumerate(step_ids(protocol)):
        step = protocol.steps[index]
        is_away = isinstance(step, Age) and step.where == "off_deck"
        is_away |= isinstance(step, UnderGas) and not deck.gas_valves(step.gas, plate)
        if (
            isinstance(step, Hold | Age | UnderGas)
            and step.dark
            and not protocol.vessel.dark
            and not is_away
        ):
            findings.warn(
                "keep-dark", f"{name} is to be dark: cover the plate during it", "steps", index
            )
