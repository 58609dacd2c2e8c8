"""Interlocks at compile time: what must not meet, be closed, be heated or be shaken too fast."""

from __future__ import annotations

from ncrobot.compiler.interlocks.check import check_interlocks

__all__ = ["check_interlocks"]
