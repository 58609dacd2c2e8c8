"""The simulator: one world with physics, and one simulated device per file that acts on it."""

from ncrobot_sim.faults import Fault, FaultPlan
from ncrobot_sim.world import Collision, World

__all__ = ["Collision", "Fault", "FaultPlan", "World"]
