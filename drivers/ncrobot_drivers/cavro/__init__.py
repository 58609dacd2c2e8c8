"""The language of Cavro syringe pumps, which several makers speak."""

from ncrobot_drivers.cavro.dialect import Dialect
from ncrobot_drivers.cavro.pump import CavroPump

__all__ = ["CavroPump", "Dialect"]
