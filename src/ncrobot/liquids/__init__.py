"""Liquid classes and the double-entry volume ledger."""

from __future__ import annotations

from ncrobot.liquids.classes import LIQUID_CLASSES, LiquidClass, liquid_class_for
from ncrobot.liquids.contents import TOLERANCE_UL, Contents
from ncrobot.liquids.errors import (
    BadVolumeError,
    LedgerError,
    OverdrawError,
    OverflowingError,
    TipOverdrawError,
    TipOverfilledError,
    TipStateError,
)
from ncrobot.liquids.ledger import OUTSIDE, WASTE, Ledger, Move, Vessels, tip_address

__all__ = [
    "LIQUID_CLASSES",
    "OUTSIDE",
    "TOLERANCE_UL",
    "WASTE",
    "BadVolumeError",
    "Contents",
    "Ledger",
    "LedgerError",
    "LiquidClass",
    "Move",
    "OverdrawError",
    "OverflowingError",
    "TipOverdrawError",
    "TipOverfilledError",
    "TipStateError",
    "Vessels",
    "liquid_class_for",
    "tip_address",
]
