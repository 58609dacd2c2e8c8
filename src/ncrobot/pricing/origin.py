"""Origin: the texts that a plan carries, read again, to compile changed plans from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ncrobot.compiler import compile_plan
from ncrobot.deck.layout import DeckLayout
from ncrobot.plan import Plan
from ncrobot.protocol import Conditions, ProtocolSource, read_conditions, read_protocol


@dataclass(frozen=True, slots=True)
class Variant:
    """One change in a chemist's words, and how its plan is made (it may be refused).

    ``loosens``: the plan is asked for less or can do more, so it can't really take longer.
    """

    change: str
    make: Callable[[], Plan]
    loosens: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """What a plan was made of."""

    plan: Plan
    source: ProtocolSource
    conditions: Conditions

    @classmethod
    def of(cls, plan: Plan) -> Origin:
        """Read the texts of a plan again.

        Raises:
            UserError: a text can't be read.
        """
        source = read_protocol(plan.texts.protocol, plan.texts.protocol_file)
        conditions = read_conditions(
            plan.texts.conditions,
            source,
            format=plan.texts.conditions_format,
            file=plan.texts.conditions_file,
        )
        return cls(plan, source, conditions)

    def compiled(
        self,
        *,
        source: ProtocolSource | None = None,
        conditions: Conditions | None = None,
        layout: DeckLayout | None = None,
    ) -> Plan:
        """The plan with one of the three replaced.

        Raises:
            UserError: it makes no plan.
        """
        return compile_plan(
            source or self.source, conditions or self.conditions, layout or self.plan.deck
        )
