"""The search space of a campaign: what may be varied, what is forbidden, what is wanted."""

from __future__ import annotations

from ncrobot.protocol.parameters import Scope
from ncrobot.searchspace.constraints import Between, Constraint, Never, ProductLimit, SumLimit
from ncrobot.searchspace.document import SearchSpace
from ncrobot.searchspace.matching import mismatches
from ncrobot.searchspace.objectives import Aim, Objective, Trade
from ncrobot.searchspace.parameters import Choice, Continuous, Integer, SearchParameter, Value
from ncrobot.searchspace.source import SearchSpaceError, load_search_space, read_search_space

__all__ = [
    "Aim",
    "Between",
    "Choice",
    "Constraint",
    "Continuous",
    "Integer",
    "Never",
    "Objective",
    "ProductLimit",
    "Scope",
    "SearchParameter",
    "SearchSpace",
    "SearchSpaceError",
    "SumLimit",
    "Trade",
    "Value",
    "load_search_space",
    "mismatches",
    "read_search_space",
]
