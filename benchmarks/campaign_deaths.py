"""Kills a simulated campaign at random moments, again and again, and compares its ledger.

    python -m benchmarks.campaign_deaths --deaths 20 --publish

The process is killed from outside (SIGKILL), whatever it does: think, plan, run, inject, analyse,
write. In the end the ledger has to be that of a campaign that nobody disturbed, but for the runs
that died, and every result has to be told once.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.plates import ROOT
from ncrobot.campaigns import Ledger, Step, fold

SHIPPED = ROOT / "campaigns" / "au25.campaign.yaml"
_LIMIT_S = 3600


def main(given: Sequence[str] | None = None) -> int:
    """Read the command line, kill, compare, write."""
    options = _options(given)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="ncrobot-deaths-") as folder:
        file = _campaign(Path(folder), options.columns, options.rounds)
        begin = time.perf_counter()
        _to_its_end(file, Path(folder, "undisturbed"))
        whole_s = time.perf_counter() - begin
        wanted, _ = _settled(Path(folder, "undisturbed"))
        trials: list[dict[str, Any]] = []
        figures = _figures(options, whole_s, trials)
        while sum(len(trial["died_after"]) for trial in trials) < options.deaths:
            home = Path(folder, f"trial{len(trials)}")
            most_s = whole_s / options.rounds
            moments_s = [chance.uniform(0.0, most_s) for _ in range(options.each)]
            trials.append(_trial(file, home, wanted, moments_s))
            print(json.dumps(trials[-1]), flush=True)
            figures = _figures(options, whole_s, trials)
            # After each campaign: whoever ends this before its end keeps what was found.
            if options.publish:
                path = ROOT / "results" / "campaign_deaths.json"
                path.parent.mkdir(exist_ok=True)
                path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))
    return 0 if figures["same_ledger"] == figures["told_once"] == figures["campaigns"] else 1


def _figures(
    options: argparse.Namespace, whole_s: float, trials: list[dict[str, Any]]
) -> dict[str, Any]:
    steps = Counter(step for trial in trials for step in trial["died_after"])
    return {
        "rounds": options.rounds,
        "wells_of_a_plate": 8 * options.columns,
        "seed": options.seed,
        "undisturbed_s": round(whole_s, 1),
        "campaigns": len(trials),
        "deaths": sum(steps.values()),
        "deaths_after_step": dict(sorted(steps.items())),
        "runs_begun_again": sum(trial["runs_begun_again"] for trial in trials),
        "same_ledger": sum(trial["same_ledger"] for trial in trials),
        "told_once": sum(trial["told_once"] for trial in trials),
    }


def _trial(file: Path, home: Path, wanted: list[Any], moments_s: Sequence[float]) -> dict[str, Any]:
    """One campaign with deaths, each so many seconds after the process first wrote something."""
    died_after = []
    for moment_s in moments_s:
        process, before = _begun(file, home), _entries(home)
        while process.poll() is None and _entries(home) == before:
            time.sleep(0.25)
        time.sleep(moment_s)
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        died_after.append(_last(home))
    _to_its_end(file, home)
    settled, told = _settled(home)
    with Ledger(_ledger(home)) as ledger:
        runs = sum(entry.step is Step.RUNNING and entry.attempt > 1 for entry in ledger.entries())
    return {
        "died_after": died_after,
        "runs_begun_again": runs,
        "same_ledger": settled == wanted,
        "told_once": len(told) == len(set(told)) > 0,
    }


def _begun(file: Path, home: Path) -> subprocess.Popen[bytes]:
    home.mkdir(exist_ok=True)
    command = [
        sys.executable, "-m", "ncrobot", "campaign", "run", str(file),
        "--database", str(home / "runs.sqlite"), "--json",
    ]  # fmt: skip
    with (home / "said").open("ab") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)


def _to_its_end(file: Path, home: Path) -> None:
    process = _begun(file, home)
    if process.wait(timeout=_LIMIT_S):
        raise SystemExit((home / "said").read_text(encoding="utf-8")[-2000:])


def _ledger(home: Path) -> Path:
    return home / "au25.ledger"


def _entries(home: Path) -> int:
    if not _ledger(home).exists():
        return 0
    with Ledger(_ledger(home)) as ledger:
        return len(ledger.entries())


def _last(home: Path) -> str:
    if not _entries(home):
        return ""
    with Ledger(_ledger(home)) as ledger:
        return ledger.entries()[-1].step.value


def _settled(home: Path) -> tuple[list[Any], list[str]]:
    """The ledger without runs that died, and the ids of all that was told."""
    with Ledger(_ledger(home)) as ledger:
        entries = ledger.entries()
    progress = fold(entries)
    told = [item.id for item in progress.results()] + [item.id for item in progress.failures()]
    kept = [(item.round, item.step.value, item.data) for item in entries]
    return [entry for entry in kept if entry[1] != Step.RUNNING], told


def _campaign(folder: Path, columns: int, rounds: int) -> Path:
    """The shipped campaign on some columns of a plate."""
    data = YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8"))
    data["protocol"] = str(SHIPPED.parent / data["protocol"])
    data["deck"] = str((SHIPPED.parent / data["deck"]).resolve())
    data["measuring"] = {
        key: str(SHIPPED.parent / value) for key, value in data["measuring"].items()
    }
    data["plate"]["columns"] = columns
    data["stop"] = {"rounds": rounds}
    path = folder / SHIPPED.name
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(data, file)
    return path


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.campaign_deaths", description=__doc__
    )
    parser.add_argument("--deaths", type=int, default=20, help="in all")
    parser.add_argument("--each", type=int, default=5, help="of one campaign")
    parser.add_argument("--columns", type=int, default=12, help="of a plate")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--publish", action="store_true", help="results/campaign_deaths.json")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
