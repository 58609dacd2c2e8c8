"""Samples, settings of instruments with their folders, and templates as software exports them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from ncrobot.samples import (
    Injection,
    InstrumentSettings,
    RawStore,
    Sample,
    SampleFate,
    SampleRecord,
    file_name,
    identity,
    job_of,
)

START = datetime(2126, 11, 21, 12, 0, tzinfo=UTC)
WELLS = [f"{row}{column}" for column in range(1, 13) for row in "ABCDEFGH"]

TEMPLATES = {
    "xcalibur": (
        "Bracket Type=4,,,,,,,,\r\n"
        "Sample Type,File Name,Sample ID,Path,Inst Meth,Proc Meth,Position,Inj Vol,Comment\r\n"
        "Unknown,old_01,1,C:\\Xcalibur\\data,C:\\meth\\old.meth,,RA1,2.0,\r\n"
    ),
    "masslynx": (
        "Index\tFILE_NAME\tFILE_TEXT\tMS_FILE\tINLET_FILE\tSAMPLE_LOCATION\tINJ_VOL\tTYPE\r\n"
        "1\told_01\ttext\tms_neg\tgradient_40\t1:A,1\t2.000\tANALYTE\r\n"
    ),
    "masshunter": (
        "Sample Name,Sample Position,Method,Data File,Sample Type,Comment\n"
        "old,P1-A1,D:\\MassHunter\\m.m,old.d,Sample,\n"
    ),
    "openlab": (
        "Vial;Sample name;Acq. method;Processing method;Data file;Injection volume;Sample type\r\n"
        "D1F-A1;old;a.amx;p.pmx;old;2;Sample\r\n"
    ),
    "chemstation": (
        "Sequence table\n\nLocation,Sample Name,Method Name,Inj/Location,Inj Volume,Datafile\n1,old,GRAD.M,1,2,OLD01\n"
    ),
}
RACKS = {
    "xcalibur": "{tray}:{row}{column}",
    "masslynx": "{tray}:{row},{column}",
    "masshunter": "P{tray}-{row}{column}",
    "openlab": "D{tray}F-{row}{column2}",
    "chemstation": "P{tray}-{number}",
}
"""How samplers write the places of vial racks and of plates beside them."""
SYNTAXES = {
    "xcalibur": ("{tray}{row}{column}", {"sample_plate": "R", "other_plate": "B"}),
    "masslynx": ("{tray}:{row},{column}", {"sample_plate": "1", "other_plate": "2"}),
    "masshunter": ("{tray}-{row}{column}", {"sample_plate": "P1", "other_plate": "P11"}),
    "openlab": ("{tray}-{row}{column2}", {"sample_plate": "D1F", "other_plate": "D2B"}),
    "chemstation": ("{number}", {"sample_plate": "only"}),
}


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now=START):
        self.now = now

    def __call__(self):
        return self.now

    def passes(self, **given):
        self.now += timedelta(**given)


def sample(
    well="A1",
    number=1,
    *,
    run="r1",
    step="hplc",
    life_s=None,
    priority=0,
    taken=START,
    simulated=False,
    serves="hplc_ms",
    plate="sample_plate",
):
    place = f"{plate}/{well}"
    return Sample(
        id=identity("sample", run, step, place, str(number)), run=run, step=step, operation=f"{step}-{well}",
        well=well, name=f"x {well}", kind="synthesis", place=place, serves=serves, number=number,
        fate=SampleFate.TAKEN, planned_s=0.0, taken_s=0.0, taken_at=taken.isoformat(), planned_ul=20.0,
        taken_ul=20.0, diluent="water", diluent_ul=180.0, stable_for_s=life_s, priority=priority,
        simulated=simulated,
    )  # fmt: skip


def job(of, instrument="hplc"):
    due = None
    if of.stable_for_s is not None:
        due = (datetime.fromisoformat(of.taken_at) + timedelta(seconds=of.stable_for_s)).isoformat()
    return job_of(of, instrument, due)


def settings(folder, software="xcalibur", **given):
    syntax, trays = SYNTAXES[software]
    for name in ("drop", "results"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    template = folder / f"{software}.csv"
    template.write_bytes(TEMPLATES[software].encode())
    told = {
        "serves": "hplc_ms",
        "run": "40 min",
        "method": "grad.meth",
        "injection_ul": 2.0,
        "positions": {"syntax": syntax, "trays": trays},
        "worklist": {
            "software": software,
            "template": str(template),
            "folder": str(folder / "drop"),
        },
        "results": {
            "folder": str(folder / "results"),
            "kind": "chromatogram",
            "pattern": "*.csv",
            "quiet": "0 s",
        },
    }
    for name, value in given.items():
        told[name] = {**told[name], **value} if isinstance(value, dict) and name in told else value
    return InstrumentSettings.model_validate(told)


def record(folder, clock=None):
    return SampleRecord.open(folder / "samples.sqlite", clock or Clock())


def store(folder):
    return RawStore(folder / "raw")


def chromatogram(seed=0):
    """A chromatogram as CSV."""
    time = np.linspace(0.0, 30.0, 301)
    signal = 100.0 * np.exp(-0.5 * ((time - 10.0 - seed) / 0.2) ** 2)
    return (
        "Time (min),Absorbance (mAU)\n"
        + "".join(f"{t:.3f},{s:.4f}\n" for t, s in zip(time, signal, strict=True))
    ).encode()


def injection(name, position, kind="sample", **given):
    return Injection(
        job=name, kind=kind, position=position, file_name=file_name(name, "A1", "t20"),
        sample=f"{name} A1", method="grad.meth", injection_ul=2.5, comment="r1", well="A1", **given
    )  # fmt: skip
