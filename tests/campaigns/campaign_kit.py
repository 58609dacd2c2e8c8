"""A small campaign: two columns of a plate, two ratios and the portions."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from ncrobot.campaigns import Campaign, Ledger, Loaded, Progress, load_campaign
from ncrobot.lab import Lab
from ncrobot.lab.campaigning import Campaigning

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "campaigns" / "au25.campaign.yaml"
FIGURES = {
    "band680": {"kind": "band", "nm": 680, "between": [600, 760]},
    "band520": {"kind": "band", "nm": 520, "between": [440, 620]},
    "band820": {"kind": "band", "nm": 820, "between": [720, 900]},
    "haze": {"kind": "absorbance", "nm": 880},
}
BAND = {"band680": {"aim": "maximise", "unit": "AU"}}


def small(**changes: Any) -> dict[str, Any]:
    """The shipped campaign on two columns, read on the deck alone.

    A change replaces a part of the file, None drops it.
    """
    data = _shipped()
    data["search"]["objectives"] = BAND
    del data["measuring"]
    data |= {"figures": FIGURES, "blank": "blank"}
    return {name: part for name, part in (data | changes).items() if part is not None}


def beside(**changes: Any) -> dict[str, Any]:
    """The same, with what :func:`small` drops: samples are injected after they were read."""
    data = _shipped()
    folder = SHIPPED.parent
    data["measuring"] = {key: str(folder / file) for key, file in data["measuring"].items()}
    return {name: part for name, part in (data | changes).items() if part is not None}


def _shipped() -> dict[str, Any]:
    data = copy.deepcopy(YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8")))
    data["protocol"] = str(SHIPPED.parent / data["protocol"])
    data["deck"] = str(ROOT / "deck_layouts" / "starlet_96.yaml")
    data["name"] = "small"
    data["plate"] = {
        "columns": 2,
        "replicates": 2,
        "controls": {"blank": 2},
        "reference": {"wells": 3, "values": data["plate"]["reference"]["values"]},
    }
    data["stop"] = {"rounds": 2}
    return data


def campaign(**changes: Any) -> Campaign:
    return Campaign.model_validate(small(**changes))


def written(folder: Path, **changes: Any) -> Path:
    path = folder / "small.campaign.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(small(**changes), file)
    return path


def loaded(folder: Path, **changes: Any) -> Loaded:
    return load_campaign(written(folder, **changes))


def carried_out(folder: Path, data: dict[str, Any] | None = None) -> Progress:
    """A campaign (default: the small one), taken up or begun in a folder, and gone on with."""
    path = folder / "small.campaign.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(small() if data is None else data, file)
    with (
        Lab.open(folder / "runs.sqlite") as lab,
        Ledger(folder / "small.ledger") as ledger,
    ):
        return Campaigning(load_campaign(path), lab, ledger).run()
