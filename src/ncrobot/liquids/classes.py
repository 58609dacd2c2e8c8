"""Liquid classes: how each kind of liquid is handled, and which class a mixture belongs to.

None of these figures is measured on the workcell that uses them. They are starting points in the
order of magnitude that is usual for air-displacement pipetting; each class says what its figures
rest on, and weighing replaces them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ncrobot.errors import Diagnostic, PlanError, nearest_word


@dataclass(frozen=True, slots=True)
class LiquidClass:
    """Handling parameters of one kind of liquid.

    The factors multiply the arm's flow rates. ``air_gap_ul`` is drawn after the liquid, so that it
    doesn't drip; ``blow_out_ul`` is pushed out after it; ``pre_wet_cycles`` saturate the tip with
    vapour first; ``settle_s`` is waited after each aspirate and dispense. ``care`` ranks classes:
    a mixture is handled as its most demanding part.
    """

    name: str
    aspirate_factor: float
    dispense_factor: float
    air_gap_ul: float
    blow_out_ul: float
    pre_wet_cycles: int
    settle_s: float
    care: int
    assumed: str


_CLASSES = (
    LiquidClass(
        name="water",
        aspirate_factor=1.0,
        dispense_factor=1.0,
        air_gap_ul=5.0,
        blow_out_ul=10.0,
        pre_wet_cycles=0,
        settle_s=0.5,
        care=0,
        assumed="the arm's own flow rates are for water; a small gap and blow-out against drops",
    ),
    LiquidClass(
        name="dimethylformamide",
        aspirate_factor=0.8,
        dispense_factor=0.8,
        air_gap_ul=5.0,
        blow_out_ul=15.0,
        pre_wet_cycles=0,
        settle_s=0.5,
        care=1,
        assumed="about as viscous as water and hardly volatile, but it wets the tip: a little "
        "slower, and more air behind it",
    ),
    LiquidClass(
        name="toluene",
        aspirate_factor=0.8,
        dispense_factor=1.0,
        air_gap_ul=10.0,
        blow_out_ul=20.0,
        pre_wet_cycles=1,
        settle_s=0.5,
        care=2,
        assumed="low surface tension, moderate vapour pressure (about 3 kPa at 20 °C): one wetting "
        "and a larger gap against dripping",
    ),
    LiquidClass(
        name="methanol",
        aspirate_factor=0.8,
        dispense_factor=1.0,
        air_gap_ul=10.0,
        blow_out_ul=20.0,
        pre_wet_cycles=2,
        settle_s=0.5,
        care=3,
        assumed="low surface tension and vapour pressure of about 13 kPa at 20 °C: the tip is "
        "saturated with vapour by two wettings",
    ),
    LiquidClass(
        name="acetonitrile",
        aspirate_factor=0.8,
        dispense_factor=1.0,
        air_gap_ul=10.0,
        blow_out_ul=20.0,
        pre_wet_cycles=2,
        settle_s=0.5,
        care=4,
        assumed="vapour pressure of about 10 kPa at 20 °C and a thin film on polypropylene: as "
        "methanol",
    ),
    LiquidClass(
        name="dichloromethane",
        aspirate_factor=0.5,
        dispense_factor=1.0,
        air_gap_ul=20.0,
        blow_out_ul=30.0,
        pre_wet_cycles=3,
        settle_s=0.2,
        care=5,
        assumed="vapour pressure of about 47 kPa at 20 °C and dense: it drips at once, so it is "
        "drawn slowly after three wettings, with a large gap and no time to rest",
    ),
)
_SLURRY = LiquidClass(
    name="slurry",
    aspirate_factor=0.5,
    dispense_factor=0.7,
    air_gap_ul=10.0,
    blow_out_ul=30.0,
    pre_wet_cycles=1,
    settle_s=0.0,
    care=6,
    assumed="solids settle and clog: drawn slowly right after mixing, and blown out well",
)

# Other names, and solvents that are handled like one of the classes.
_ALSO = {
    "h2o": "water",
    "methyl alcohol": "methanol",
    "meoh": "methanol",
    "ethanol": "methanol",
    "etoh": "methanol",
    "2-propanol": "methanol",
    "isopropanol": "methanol",
    "dcm": "dichloromethane",
    "methylene chloride": "dichloromethane",
    "ch2cl2": "dichloromethane",
    "chloroform": "dichloromethane",
    "diethyl ether": "dichloromethane",
    "tetrahydrofuran": "acetonitrile",
    "thf": "acetonitrile",
    "acetone": "acetonitrile",
    "ethyl acetate": "acetonitrile",
    "mecn": "acetonitrile",
    "n-hexane": "acetonitrile",
    "hexane": "acetonitrile",
    "n,n-dimethylformamide": "dimethylformamide",
    "dmf": "dimethylformamide",
    "dimethyl sulfoxide": "dimethylformamide",
    "dmso": "dimethylformamide",
    "chlorobenzene": "toluene",
}
LIQUID_CLASSES: Mapping[str, LiquidClass] = {c.name: c for c in (*_CLASSES, _SLURRY)}

# A solvent below this share doesn't change how the mixture is handled (assumed: by Raoult's rule it
# adds less than a tenth of its own vapour pressure).
COUNTED_FRACTION = 0.1


def liquid_class_for(
    solvent_fractions: Mapping[str, float], *, slurry: bool = False
) -> LiquidClass:
    """The class of a solvent mixture: that of its most demanding part of a tenth or more.

    ``solvent_fractions`` maps full solvent names (or their common abbreviations, in any case) to
    volume fractions that add up to 1. A slurry is one whatever it is suspended in.

    Raises:
        PlanError: a solvent has no class, or the fractions don't add up.
    """
    classes = {name: _class_of(name) for name in solvent_fractions}
    total = math.fsum(solvent_fractions.values())
    negative = any(not fraction >= 0 for fraction in solvent_fractions.values())
    if negative or not math.isclose(total, 1.0, abs_tol=1e-6):
        raise PlanError(
            Diagnostic(
                code="solvent-fractions",
                message="the volume fractions of a solvent mixture must add up to 1",
                found=", ".join(f"{n} {f:g}" for n, f in solvent_fractions.items()) or "none",
                allowed="1 in all",
                fix="correct the fractions under solvent",
            )
        )
    if slurry:
        return _SLURRY
    counted = [classes[n] for n, f in solvent_fractions.items() if f >= COUNTED_FRACTION]
    return max(counted or list(classes.values()), key=lambda liquid_class: liquid_class.care)


def _class_of(solvent: str) -> LiquidClass:
    name = solvent.strip().replace("_", " ").casefold()
    found = LIQUID_CLASSES.get(_ALSO.get(name, name))
    if found is not None and found is not _SLURRY:
        return found
    known = sorted({c.name for c in _CLASSES} | set(_ALSO))
    nearest = nearest_word(name, known)
    raise PlanError(
        Diagnostic(
            code="unknown-solvent",
            message=f"no liquid class tells how to pipette {solvent!r}",
            found=solvent,
            allowed=", ".join(known),
            fix=f"did you mean {nearest!r}?" if nearest else "write its common chemical name",
        )
    )
