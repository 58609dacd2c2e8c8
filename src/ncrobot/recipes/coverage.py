"""The coverage page of the documentation: which feature of the language each recipe uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ncrobot.protocol import load_protocol
from ncrobot.recipes.catalogue import Catalogue, Entry
from ncrobot.recipes.features import FEATURES, features_of

_HEAD = """\
# What the language covers

{count} reaction systems from four papers are what the protocol language was made for. {written} of
them have a protocol under `protocols/`. The page is written by `make coverage` from these files,
so it tells what they say, not what somebody hoped.

| Verdict | Means | Systems | With a protocol |
|---|---|---|---|
| full | every known step runs on a deck, once stocks and parent clusters are there | {full} |
| partial | the core runs; something stated or unavoidable needs a person or a device | {partial} |
| manual | the core can't run on an ordinary deck: toxic gas, cadmium, mercury | {manual} |

The verdicts are the judgement of people who read the papers, no statement of their authors.
"""


def coverage_page(catalogue: Catalogue, folder: Path) -> str:
    """The page; ``folder`` is where the catalogue's paths begin.

    Raises:
        ProtocolError: a protocol is wrong.
    """
    used = _used(catalogue, folder)
    written = {entry.key for entry in catalogue.entries if entry.is_written}
    verdicts = {
        verdict: f"{sum(e.verdict == verdict for e in catalogue.entries)} | "
        f"{sum(e.verdict == verdict and e.key in written for e in catalogue.entries)}"
        for verdict in ("full", "partial", "manual")
    }
    head = _HEAD.format(count=len(catalogue.entries), written=len(written), **verdicts)
    parts = [head, _matrix(catalogue, used), _features(catalogue, used), _systems(catalogue)]
    return "\n".join(parts)


def _used(catalogue: Catalogue, folder: Path) -> Mapping[str, frozenset[str]]:
    """Names of the features that each protocol file uses."""
    files = dict.fromkeys(entry.protocol for entry in catalogue.entries if entry.protocol)
    return {name: frozenset(features_of(load_protocol(folder / name).protocol)) for name in files}


def _matrix(catalogue: Catalogue, used: Mapping[str, frozenset[str]]) -> str:
    names = [feature.name for feature in FEATURES]
    lines = [
        "## Feature by recipe",
        "",
        f"| System | {' | '.join(names)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    for entry in catalogue.entries:
        if entry.protocol is not None:
            cells = " | ".join("•" if name in used[entry.protocol] else " " for name in names)
            lines.append(f"| {entry.key} | {cells} |")
    return "\n".join([*lines, ""])


def _features(catalogue: Catalogue, used: Mapping[str, frozenset[str]]) -> str:
    counts = Counter(
        name for entry in catalogue.entries for name in used.get(entry.protocol or "", ())
    )
    lines = ["## The features", "", "| Feature | Says | Systems | How to |", "|---|---|---|---|"]
    lines += [
        f"| {each.name} | {each.meaning} | {counts[each.name]} | [{each.guide}]({each.guide}) |"
        for each in FEATURES
    ]
    return "\n".join([*lines, ""])


def _systems(catalogue: Catalogue) -> str:
    lines = [
        "## The systems",
        "",
        "| System | What | Verdict | Protocol | Not printed in the source | Beside the protocol |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_system(entry) for entry in catalogue.entries]
    return "\n".join([*lines, ""])


def _system(entry: Entry) -> str:
    lacks = f", the language lacks: {', '.join(entry.lacks)}" if entry.lacks else ""
    protocol = f"`{entry.protocol}`" if entry.protocol else f"none yet{lacks}"
    if entry.part:
        protocol += f" ({entry.part})"
    beside = ", ".join(entry.by_hand) or "nothing"
    return (
        f"| {entry.key} | {entry.title} | {entry.verdict} | {protocol} | {entry.missing} "
        f"| {beside} |"
    )
