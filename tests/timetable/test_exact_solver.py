"""The exact solver leaves Ctrl-C to whoever runs it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, signal, threading
from ortools.sat.python import cp_model
from ncrobot.timetable.exact import exact_solver

model = cp_model.CpModel()
holes, pigeons = 9, 10
sits = [[model.new_bool_var(f"{p} {h}") for h in range(holes)] for p in range(pigeons)]
for row in sits:
    model.add_bool_or(row)
for hole in range(holes):
    for one in range(pigeons):
        for other in range(one):
            model.add_bool_or([sits[one][hole].negated(), sits[other][hole].negated()])
solver = exact_solver(3.0)
solver.parameters.cp_model_presolve = False
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    for _ in range(200):
        solver.solve(model)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_in_a_search_reaches_the_program():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "interrupted", done.stderr
