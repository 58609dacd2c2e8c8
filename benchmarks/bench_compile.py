"""How long it takes to compile, audit and schedule 96 wells by 8 portions."""

from __future__ import annotations

from benchmarks.measuring import median_s, write
from benchmarks.plates import ROOT, full_table, source
from ncrobot.auditor import audit_plan
from ncrobot.compiler import compile_plan
from ncrobot.deck import load_deck
from ncrobot.protocol import load_protocol, read_conditions
from ncrobot.scheduler import schedule_plan


def main() -> None:
    """Measure on both kinds of arm."""
    figures: dict[str, object] = {"aim_compile_s": 1.0}
    protocol = source()
    figures["read_protocol_s"] = round(median_s(lambda: load_protocol(protocol.file or "")), 4)
    for deck in ("starlet_96", "ot2_96"):
        layout = load_deck(ROOT / "deck_layouts" / f"{deck}.yaml")
        conditions = read_conditions(full_table(), protocol, format="csv", file="full.csv")
        plan = compile_plan(protocol, conditions, layout)
        times = {
            "compile_s": median_s(lambda c=conditions, d=layout: compile_plan(protocol, c, d)),
            "audit_s": median_s(lambda p=plan: audit_plan(p)),
            "schedule_s": median_s(lambda p=plan: schedule_plan(p)),
        }
        schedule = schedule_plan(plan)
        figures |= {f"{deck}_{name}": round(value, 4) for name, value in times.items()}
        figures[f"{deck}_operations"] = len(plan.operations)
        figures[f"{deck}_differences"] = len(audit_plan(plan).differences)
        figures[f"{deck}_makespan_h"] = round(schedule.makespan_s / 3600, 3)
        figures[f"{deck}_lower_bound_h"] = round(schedule.lower_bound_s / 3600, 3)
    write("compile", figures)


if __name__ == "__main__":
    main()
