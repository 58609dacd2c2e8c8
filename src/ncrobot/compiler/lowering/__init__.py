"""Lower: protocol steps become operations and lags, one group of wells after the other."""

from ncrobot.compiler.lowering.lower import Lowered, lower

__all__ = ["Lowered", "lower"]
