"""Turns protocol + conditions + deck into a plan, as a list of small passes.

resolve (stock strengths) -> dose (µL of every addition in every well) -> deliver (what the arm can
dispense, dilutions for what it can't) -> batch (which wells are served together, and how) -> lower
(operations and lags) -> place (stock positions, tips) -> check (ledger, hazards, waste). A pass
takes values, returns values and reports findings; all findings are raised together.
"""

from ncrobot.compiler.pipeline import compile_plan

__all__ = ["compile_plan"]
