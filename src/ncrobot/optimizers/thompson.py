"""The built-in learner: Gaussian processes and batch Thompson sampling.

Every well of a batch goes where one response, drawn from all that the data allow, is best. Draws
differ where little is known and agree where much is, so a batch explores and exploits by itself.
Where no more is to be explored, as on the last plate, ``boldness`` below 1 keeps to what is known.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ncrobot.optimizers.beliefs import believed, enough
from ncrobot.optimizers.designs import sobol_thought
from ncrobot.optimizers.interface import Abilities
from ncrobot.optimizers.memory import Remembering, Task, Thought
from ncrobot.optimizers.picking import picked, pool_of
from ncrobot.optimizers.seating import shared_thought
from ncrobot.optimizers.sharing import seats_for, seats_of_points, shares_values


class Thompson(Remembering):
    """Sobol points until there are ``start`` measured ones, then Thompson sampling."""

    name: ClassVar[str] = "thompson"
    abilities: ClassVar[Abilities] = Abilities()
    defaults: ClassVar[dict[str, Any]] = {"start": 0, "pool": 2048, "boldness": 1.0}

    def _think(self, task: Task) -> Thought:
        start = int(task.options["start"]) or max(10, 2 * task.grid.width)
        if not enough(task, start):
            return sobol_thought(task)
        judge = believed(task).judge(task.count, float(task.options["boldness"]))
        if shares_values(task.grid):
            return shared_thought(task, judge, self.name)
        rng = task.rng(40)
        pool = pool_of(task, task.grid, rng, int(task.options["pool"]))
        draws = np.arange(task.count)
        points = picked(task.grid, judge, draws, pool, task.taken, rng)
        plates, blocks = seats_of_points(seats_for(len(points), task.layout, spread=False))
        return Thought(points, plates, blocks, self.name)
