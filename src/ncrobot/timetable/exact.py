"""The exact solver, set up so that it is reproducible and leaves Ctrl-C to the run."""

from __future__ import annotations

from ortools.sat.python import cp_model


def exact_solver(effort: float, seed: int = 0, limit_s: float | None = None) -> cp_model.CpSolver:
    """CP-SAT on one core, ended by its own measure of work (in its seconds) and not by a clock.

    ``limit_s`` ends it by a clock too, where somebody waits.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = effort
    if limit_s is not None:
        solver.parameters.max_time_in_seconds = limit_s
    # It would take Ctrl-C for itself: the search would end, and what was to be stopped would begin.
    solver.parameters.catch_sigint_signal = False
    return solver
