"""Reads a conditions table, CSV or YAML, into one row a synthesis with canonical values."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ncrobot.errors import ConditionsError, Diagnostic
from ncrobot.protocol._addresses import MOST_ROWS
from ncrobot.protocol._csv_table import read_csv
from ncrobot.protocol._files import UnreadableError, check_text, read_text
from ncrobot.protocol._rows import conditions_of
from ncrobot.protocol._yaml_table import read_yaml
from ncrobot.protocol.conditions_document import Conditions
from ncrobot.protocol.source import ProtocolSource

_FORMATS: dict[str, Literal["csv", "yaml"]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".yaml": "yaml",
    ".yml": "yaml",
}


def load_conditions(path: str | Path, protocol: ProtocolSource) -> Conditions:
    """Read the conditions table in a CSV or YAML file, told apart by the suffix.

    Raises:
        ConditionsError: with every finding.

    """
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise ConditionsError(
            Diagnostic(
                code="unknown-format",
                message="a conditions table is CSV or YAML, told apart by the file's suffix",
                file=str(path),
                found=suffix or "no suffix",
                allowed=", ".join(_FORMATS),
                fix="save the table as CSV",
            )
        )
    try:
        text = read_text(Path(path))
    except UnreadableError as error:
        raise ConditionsError(error.diagnostic) from None
    return read_conditions(text, protocol, format=_FORMATS[suffix], file=str(path))


def read_conditions(
    text: str,
    protocol: ProtocolSource,
    *,
    format: Literal["csv", "yaml"],  # noqa: A002 - the word that fits; nothing here formats
    file: str | None = None,
) -> Conditions:
    """Read a conditions table; ``file`` is its name in messages.

    Columns: ``name`` (c01, c02, ... if left out), ``well`` (else the next free one, column by
    column), ``kind`` (synthesis, or a control of the protocol), ``replicate_of`` and any parameter,
    in CSV with its unit: ``hold_time [min]``. An empty cell takes the parameter's default, in a
    replicate the original's value, and for a plate-wide parameter the value of the other rows.

    Raises:
        ConditionsError: with every finding.

    """
    try:
        check_text(text, file)
    except UnreadableError as error:
        raise ConditionsError(error.diagnostic) from None
    table = (
        read_csv(text.removeprefix("\ufeff"), file) if format == "csv" else read_yaml(text, file)
    )
    rows = conditions_of(table, protocol.protocol)
    if table.findings:
        unique = {
            (item.code, item.line, item.column, item.message): item for item in table.findings
        }
        raise ConditionsError(
            sorted(unique.values(), key=lambda item: (item.line or 0, item.column or 0))
        )
    return Conditions(rows=tuple(rows), file=file, text=text, format=format)


def default_conditions(protocol: ProtocolSource, count: int = MOST_ROWS) -> Conditions:
    """Return ``count`` equal rows (1 to 96) with the default of every parameter.

    Raises:
        ConditionsError: the count is not 1 to 96.

    """
    names = [f"c{number:02d}" for number in range(1, count + 1)]
    return read_conditions("\n".join(["name", *names, ""]), protocol, format="csv")
