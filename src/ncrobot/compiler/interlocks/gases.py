"""Gas over the wells: it has to get in, and people have to know what flows, and who allowed it."""

from __future__ import annotations

from ncrobot.chemistry import is_harmless_gas
from ncrobot.compiler.findings import Findings
from ncrobot.deck import Deck
from ncrobot.deck.layout import Gas
from ncrobot.plan import AskPerson, LetGas, Operation
from ncrobot.protocol import Person, ProtocolSource, UnderGas, step_ids
from ncrobot.units import Dimension, format_quantity


class Gases:
    """Follows how the wells are closed, and collects what is dangerous about the gases."""

    def __init__(self, source: ProtocolSource, deck: Deck) -> None:
        self._protocol = source.protocol
        self._deck = deck
        self._places = {name: index for index, name in enumerate(step_ids(source.protocol))}
        self._closure = source.protocol.vessel.closure
        self._harmful: dict[str, None] = {}
        self.hazards: dict[str, None] = {}

    def see(self, operation: Operation, findings: Findings) -> None:
        """Look at gas that is to flow, or at a person who opens or closes the wells."""
        index = self._places.get(operation.step)
        step = self._protocol.steps[index] if index is not None else None
        if isinstance(operation, AskPerson):
            if isinstance(step, Person) and step.closure is not None:
                self._closure = step.closure
        elif isinstance(operation, LetGas) and isinstance(step, UnderGas) and index is not None:
            if self._closure == "gas_tight":
                findings.error(
                    "sealed-gas",
                    f"step {index + 1} ({operation.step}) lets {operation.gas} flow over wells "
                    "that are closed gas-tight: none gets in",
                    "steps",
                    index,
                    found="closure: gas_tight",
                    allowed="open or vented",
                    fix="have the seal taken off before: a person step with closure: open or "
                    "vented; or leave the wells open: vessel.closure",
                )
            self._note(operation, step)

    def _note(self, operation: LetGas, step: UnderGas) -> None:
        """Tell how much flows from where, what is dangerous about it, and by whose permission."""
        valve = self._deck.layout.devices.get(operation.device)
        if not isinstance(valve, Gas):
            return
        flow = format_quantity(operation.flow_ml_per_min, Dimension.GAS_FLOW)
        time = format_quantity(operation.for_s, Dimension.DURATION)
        told = [f"{flow} for {time} over {operation.labware}, by {operation.device}"]
        if is_harmless_gas(operation.gas):
            told.append("it takes the place of air: ventilate")
        else:
            self._harmful[operation.gas] = None
            told += [*step.hazards, f"it flows in {valve.cabinet}", f"shut off by {valve.shut_off}"]
            told.append(f"permission: {step.permission}")
        self.hazards |= dict.fromkeys(f"{operation.gas}: {text}" for text in told)

    def warn_of_people(self, findings: Findings) -> None:
        """Warn where people may have to come to the deck while a gas flows that harms them."""
        remade = [n for n, stock in self._protocol.stocks.items() if stock.remake == "person"]
        for gas in self._harmful if remade else ():
            findings.warn(
                "gas-and-people",
                f"somebody may have to bring {', '.join(remade)} anew while {gas} flows: look at "
                "the times of the prep sheet, and make them before",
                "stocks",
                remade[0],
            )
