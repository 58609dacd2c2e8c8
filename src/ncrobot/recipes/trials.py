"""Tries the recipes of a catalogue, in parallel processes, each plate once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from pydantic import ValidationError

from ncrobot.errors import Diagnostic, LabError, UserError
from ncrobot.protocol import assumptions_of, load_protocol
from ncrobot.recipes.catalogue import Catalogue, Entry
from ncrobot.recipes.lookouts import Lookout, lookouts_of
from ncrobot.recipes.outcomes import Outcome, Outcomes, PlateTrial
from ncrobot.recipes.trial import Files, try_plate

Teller = Callable[[Files, PlateTrial], None]


def try_recipes(
    catalogue: Catalogue,
    folder: Path,
    decks: Path,
    *,
    jobs: int = 2,
    effort: float = 0.0,
    told: Teller | None = None,
) -> Outcomes:
    """Plan, audit, schedule and simulate every plate of a catalogue.

    ``folder`` is where the catalogue's paths begin, ``decks`` holds the layouts. ``told`` hears of
    each plate when it is through. ``effort`` is spent on shortening schedules. Never raises for
    what is wrong with a recipe.
    """
    every = dict.fromkeys(f for entry in catalogue.entries for f in _files(entry, folder, decks))
    tried = _tried([replace(files, effort=effort) for files in every], jobs, told)
    trials = {replace(files, effort=0.0): trial for files, trial in tried.items()}
    return Outcomes(
        entries=tuple(_outcome(entry, folder, decks, trials) for entry in catalogue.entries)
    )


def untried(catalogue: Catalogue, folder: Path, decks: Path, known: Outcomes | None) -> Outcomes:
    """What is known of a catalogue without trying: from ``known``, where its files are the same."""
    before = {each.key: each for each in known.entries} if known is not None else {}
    entries = []
    for entry in catalogue.entries:
        old = before.get(entry.key)
        plates: Mapping[Files, PlateTrial] = {}
        if old is not None and old.inputs_sha256 == _inputs(entry, folder, decks):
            plates = dict(zip(_files(entry, folder, decks), old.plates, strict=False))
        entries.append(_outcome(entry, folder, decks, plates))
    return Outcomes(entries=tuple(entries))


def load_outcomes(path: Path) -> Outcomes | None:
    """Read what became of the recipes; None: nobody has tried them.

    Raises:
        LabError: the file is there, but holds something else.
    """
    if not path.exists():
        return None
    try:
        return Outcomes.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise LabError(
            Diagnostic(
                code="bad-outcomes",
                message="this file doesn't tell what became of the recipes",
                file=str(path),
                fix="make it anew with 'ncrobot recipes --try'",
            )
        ) from error


def _files(entry: Entry, folder: Path, decks: Path) -> list[Files]:
    if entry.protocol is None:
        return []
    deck = decks / f"{entry.deck}.yaml"
    return [Files(folder / entry.protocol, folder / table, deck) for table in entry.tables]


def _tried(needed: Iterable[Files], jobs: int, told: Teller | None) -> Mapping[Files, PlateTrial]:
    found: dict[Files, PlateTrial] = {}
    # Forked children of a process with threads can hang; a new interpreter costs a second.
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(try_plate, files): files for files in needed}
        for future in as_completed(waiting):
            files = waiting[future]
            found[files] = _result(future, files)
            if told is not None:
                told(files, found[files])
    return found


def _result(future: Future[PlateTrial], files: Files) -> PlateTrial:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - a process that died is told like a recipe that fails
        why = f"its process ended: {type(error).__name__}: {error}"
        return PlateTrial(table=files.table.name, error=why)


def _outcome(
    entry: Entry, folder: Path, decks: Path, trials: Mapping[Files, PlateTrial]
) -> Outcome:
    plates = tuple(trials[each] for each in _files(entry, folder, decks) if each in trials)
    tried = bool(plates) and len(plates) == len(entry.tables)
    assumed, expected, wrong = _read(entry, folder)
    errors = [plate.error for plate in plates if plate.error]
    return Outcome(
        key=entry.key,
        title=entry.title,
        verdict=entry.verdict,
        printed=entry.printed,
        protocol=entry.protocol,
        part=entry.part,
        deck=entry.deck,
        planned=tried and all(plate.planned for plate in plates),
        audited=tried and all(plate.audited for plate in plates),
        scheduled=tried and all(plate.scheduled for plate in plates),
        simulated=tried and all(plate.simulated for plate in plates),
        plate_hours=_sum([plate.hours for plate in plates]) if tried else None,
        person_minutes=_person_minutes(plates) if tried else None,
        assumed_values=len(assumed),
        assumed=assumed,
        missing=entry.missing,
        by_hand=entry.by_hand,
        lacks=entry.lacks,
        expected=expected,
        plates=plates,
        error=errors[0] if errors else wrong,
        inputs_sha256=_inputs(entry, folder, decks) if tried else None,
    )


def _read(entry: Entry, folder: Path) -> tuple[tuple[str, ...], tuple[Lookout, ...], str | None]:
    """What the protocol assumes, what it expects, and what is wrong if it can't be read."""
    if entry.protocol is None:
        return (), (), None
    try:
        source = load_protocol(folder / entry.protocol)
    except UserError as error:
        return (), (), str(error)
    return assumptions_of(source), lookouts_of(source.protocol), None


def _sum(hours: list[float | None]) -> float | None:
    known = [each for each in hours if each is not None]
    return round(sum(known), 4) if len(known) == len(hours) else None


def _person_minutes(plates: tuple[PlateTrial, ...]) -> float | None:
    if not all(plate.scheduled for plate in plates):
        return None
    return round(sum(task.minutes for plate in plates for task in plate.person), 2)


def _inputs(entry: Entry, folder: Path, decks: Path) -> str | None:
    """Hash of all files that a system's outcome depends on; None if one is missing."""
    digest = hashlib.sha256()
    for files in _files(entry, folder, decks):
        for path in (files.protocol, files.table, files.deck):
            try:
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            except OSError:
                return None
    return digest.hexdigest() if entry.protocol is not None else None
