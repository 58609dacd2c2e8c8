"""Stock uses: for each stock and working solution, what to load, weigh and measure."""

from __future__ import annotations

from collections.abc import Mapping

from ncrobot.chemistry import mass_mg_to_weigh
from ncrobot.compiler.placing import Placement
from ncrobot.compiler.preparation import Preparation
from ncrobot.compiler.strengths import Strength, material_molar_mass
from ncrobot.plan import StockUse
from ncrobot.protocol import Protocol
from ncrobot.protocol.values import Given


def _number(given: Given | None) -> float | None:
    return None if given is None else given.value


def stock_uses(
    protocol: Protocol,
    strengths: Mapping[str, Strength],
    placement: Placement,
    preparation: Preparation,
    kept_at_c: Mapping[str, float],
) -> tuple[StockUse, ...]:
    """One entry per stock that is drawn, then one per working solution."""
    uses = [
        _stock_use(protocol, strengths[name], placement, kept_at_c.get(name))
        for name in protocol.stocks
        if name in placement.positions
    ]
    working = dict.fromkeys(source for source, _ in preparation.wells)
    uses += [_working_use(protocol, name, strengths[name], preparation) for name in working]
    return tuple(uses)


def _stock_use(
    protocol: Protocol, strength: Strength, placement: Placement, kept_at_c: float | None
) -> StockUse:
    stock = protocol.stocks[strength.stock]
    positions = {a: placement.load_ul[a] for a in placement.positions[strength.stock]}
    total_ul = sum(positions.values())
    weigh: dict[str, float] = {}
    measure: dict[str, float] = {}
    if stock.neat:
        measure[stock.of] = total_ul
    else:
        for name, umol_per_ul in strength.umol_per_ul.items():
            material = protocol.materials[name]
            mass = material_molar_mass(material)
            if mass is not None:
                assay = _number(material.assay) or 1.0
                weigh[name] = mass_mg_to_weigh(total_ul, umol_per_ul, mass, assay)
        for solvent, share in strength.solvent_fraction.items():
            measure[solvent] = total_ul * share
    return StockUse(
        stock=strength.stock,
        positions_ul=positions,
        drawn_ul=placement.drawn_ul[strength.stock],
        dead_volume_ul=placement.dead_ul[strength.stock],
        excess_ul=placement.excess_ul.get(strength.stock, 0.0),
        umol_per_ul=dict(strength.umol_per_ul),
        solvent_fraction=dict(strength.solvent_fraction),
        keep_at_c=kept_at_c,
        life_s=_number(stock.life),
        remake=stock.remake,
        remake_takes_s=_number(stock.remake_takes) or 0.0,
        hydrolysis_ph=_number(stock.decay.ph)
        if stock.decay.model == "borohydride_hydrolysis"
        else None,
        weigh_mg=weigh,
        measure_ul=measure,
        dark=stock.dark,
    )


def _working_use(
    protocol: Protocol, name: str, strength: Strength, preparation: Preparation
) -> StockUse:
    """A working solution is as old as its stock, so it shares its life."""
    addresses = [address for (source, _), address in preparation.wells.items() if source == name]
    solution = preparation.of[addresses[0]]
    volumes = {address: preparation.volumes_ul[address] for address in addresses}
    return StockUse(
        stock=name,
        positions_ul=dict.fromkeys(volumes, 0.0),
        drawn_ul=sum(volumes.values()),
        dead_volume_ul=0.0,
        umol_per_ul=dict(strength.umol_per_ul),
        solvent_fraction=dict(strength.solvent_fraction),
        life_s=_number(protocol.stocks[solution.stock].life),
        working_of=solution.stock,
        dilution_factor=float(solution.factor),
    )
