"""Exports of plate readers as bytes: text in any dialect, workbooks made by hand, JCAMP-DX."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np

WELLS = ("A1", "B1", "H12")
WAVES = np.arange(400.0, 461.0, 10.0)
VALUES = np.round(0.1 + np.arange(len(WELLS))[:, None] + 0.01 * np.arange(WAVES.size), 4)


def cell(value, decimal="."):
    return value if isinstance(value, str) else f"{value:g}".replace(".", decimal)


def down(wells=WELLS, waves=WAVES, values=VALUES, heading="Wavel.", before=()):
    """Wavelengths down, wells across, as grids of cells."""
    rows = [list(row) for row in before]
    rows.append([heading, *wells])
    rows += [[nm, *values[:, n]] for n, nm in enumerate(waves)]
    return rows


def across(wells=WELLS, waves=WAVES, values=VALUES, before=()):
    """Wells down, wavelengths across, with row and column of the well apart."""
    rows = [list(row) for row in before]
    rows.append(["Well Row", "Well Col", "Content", *(f"Raw Data ({nm:g})" for nm in waves)])
    rows += [[w[0], w[1:], f"Sample X{n}", *values[n]] for n, w in enumerate(wells)]
    return rows


def long(wells=WELLS, waves=WAVES, values=VALUES):
    rows = [["Well", "Wavelength [nm]", "Absorbance"]]
    for n, well in enumerate(wells):
        rows += [[well, nm, values[n, m]] for m, nm in enumerate(waves)]
    return rows


def text(rows, delimiter=",", decimal=".", encoding="utf-8", newline="\r\n"):
    lines = [delimiter.join(cell(c, decimal) for c in row) for row in rows]
    return (newline.join(lines) + newline).encode(encoding)


def workbook(*sheets):
    """An XLSX file with shared texts; each sheet is a name and its rows."""
    shared: list[str] = []
    parts = {}
    for number, (_, rows) in enumerate(sheets, 1):
        lines = []
        for r, row in enumerate(rows, 1):
            cells = []
            for c, value in enumerate(row):
                at = f"{chr(65 + c)}{r}"
                if isinstance(value, str):
                    if value not in shared:
                        shared.append(value)
                    cells.append(f'<c r="{at}" t="s"><v>{shared.index(value)}</v></c>')
                else:
                    cells.append(
                        f'<c r="{at}"><v>{value!r}</v></c>'.replace("np.float64(", "").replace(
                            ")", ""
                        )
                    )
            if cells:
                lines.append(f'<row r="{r}">{"".join(cells)}</row>')
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, (name, _) in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f"<sheets>{named}</sheets></workbook>"
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="t" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'
    )
    parts["xl/sharedStrings.xml"] = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + "".join(f"<si><t>{escape(s)}</t></si>" for s in shared)
        + "</sst>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


SQUEEZED = {
    **{str(n): chr(64 + n) for n in range(1, 10)},
    "0": "@",
    **{f"-{n}": chr(96 + n) for n in range(1, 10)},
}
DIFFERENCES = {
    **{str(n): chr(73 + n) for n in range(1, 10)},
    "0": "%",
    **{f"-{n}": chr(105 + n) for n in range(1, 10)},
}


def lettered(number, table):
    digits = str(number)
    first = digits[:2] if digits.startswith("-") else digits[0]
    return table[first] + digits[len(first) :]


def jcamp(
    waves,
    ordinates,
    form="plain",
    factor=0.001,
    per_line=5,
    units="ABSORBANCE",
    xunits="NANOMETERS",
):
    """A JCAMP-DX file of whole ordinates, plain, squeezed, or as differences with checks."""
    lines = [
        "##TITLE=a spectrum", "##JCAMP-DX=4.24", "##DATA TYPE=UV/VIS SPECTRUM",
        f"##XUNITS={xunits}", f"##YUNITS={units}", "##XFACTOR=1.0", f"##YFACTOR={factor}",
        f"##FIRSTX={waves[0]}", f"##LASTX={waves[-1]}", f"##NPOINTS={len(waves)}",
        "##XYDATA=(X++(Y..Y))",
    ]  # fmt: skip
    place = 0
    while place < len(waves):
        part = ordinates[place : place + per_line]
        start = place
        if form == "plain":
            body = " " + " ".join(str(y) for y in part)
        elif form == "squeezed":
            body = "".join(lettered(y, SQUEEZED) for y in part)
        else:
            if place:  # the last of the line before, once more, as a check
                start = place - 1
                part = [ordinates[place - 1], *part]
            body = lettered(part[0], SQUEEZED)
            body += "".join(lettered(b - a, DIFFERENCES) for a, b in pairwise(part))
        lines.append(f"{waves[start]:g}{body}")
        place += per_line
    return ("\n".join(lines) + "\n" + "##END=\n").encode()
