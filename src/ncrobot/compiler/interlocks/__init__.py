"""Interlocks at compile time: what must not meet, be closed, be heated or be shaken too fast."""

from __future__ import annotations

from ncrobot.compiler.interlocks.check import Planned, check_interlocks

__all__ = ["Planned", "check_interlocks"]
