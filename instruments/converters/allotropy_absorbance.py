# ruff: noqa: INP001 - a script that runs in an environment of its own
"""Absorbance of a plate reader's export, read by the allotropy library, as a table for ncrobot.

Runs in an environment of its own, so that neither has to fit the other's versions:

    python -m venv reader-env && reader-env/bin/pip install allotropy

In the instruments file, with the reader's name as allotropy has it (such as AGILENT_GEN5):

    convert:
      command: [reader-env/bin/python, allotropy_absorbance.py, AGILENT_GEN5, "{input}", "{output}"]

Whole spectra are taken from data cubes, single wavelengths from point measurements. Whatever is no
absorbance is left out. Ends with 1 and a sentence if nothing is found.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = tuple[str, float, float | str]
NO_FIGURE = "OVER"


def rows_of(document: Any) -> Iterator[Row]:
    """Well, wavelength (nm) and absorbance of all measurements in an Allotrope document."""
    for measurement in measurements_in(document):
        cube = measurement.get("absorption spectrum data cube")
        setting = setting_of(measurement)
        if isinstance(cube, dict):
            for nm, value in points_of(cube):
                yield well_of(measurement), nm, value
        elif "absorbance" in measurement and isinstance(setting, float):
            value = value_of(measurement["absorbance"])
            yield well_of(measurement), setting, NO_FIGURE if value is None else value


def measurements_in(part: Any) -> Iterator[dict[str, Any]]:
    """All measurement documents, however deep they lie."""
    if isinstance(part, dict):
        for key, inner in part.items():
            if key == "measurement document" and isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, dict))
            else:
                yield from measurements_in(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from measurements_in(inner)


def well_of(measurement: dict[str, Any]) -> str:
    """The well of a measurement's sample, or else its name; ends the program if neither is told."""
    sample = measurement.get("sample document", {})
    for key in ("location identifier", "well location identifier", "sample identifier"):
        if key in sample:
            return str(sample[key])
    return sys.exit("a measurement doesn't tell its well")


def setting_of(measurement: dict[str, Any]) -> float | None:
    """The wavelength (nm) of a point; it may stand among the settings of the detector."""
    control = measurement.get("device control aggregate document", {})
    for each in (measurement, *control.get("device control document", [])):
        setting = value_of(each.get("detector wavelength setting"))
        if setting is not None:
            return setting
    return None


def points_of(cube: dict[str, Any]) -> Iterator[tuple[float, float | str]]:
    """Wavelengths and figures of a data cube of one dimension."""
    data = cube.get("data", {})
    waves, values = data.get("dimensions", [[]])[0], data.get("measures", [[]])[0]
    for nm, value in zip(waves, values, strict=True):
        number = value_of(value)
        yield float(nm), NO_FIGURE if number is None else number


def value_of(part: Any) -> float | None:
    """A number, or the number of a value with its unit; None if there is none."""
    found = part.get("value") if isinstance(part, dict) else part
    return float(found) if isinstance(found, int | float) and found == found else None  # noqa: PLR0124 - not a number differs from itself


def main(vendor: str, source: str, folder: str) -> None:
    """Read one export and write one table."""
    from allotropy.parser_factory import Vendor  # noqa: PLC0415 - only where it is installed
    from allotropy.to_allotrope import allotrope_from_file  # noqa: PLC0415

    path = Path(source)
    rows = list(rows_of(allotrope_from_file(str(path), Vendor[vendor])))
    if not rows:
        sys.exit("no absorbance is in this file")
    with (Path(folder) / f"{path.stem}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("well", "wavelength_nm", "absorbance"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:4])
