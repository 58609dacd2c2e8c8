"""Layers: solvents that lie apart are named once each, and samples say from which they come."""

from __future__ import annotations

from ncrobot.protocol._parts import Parts
from ncrobot.protocol._tree import Path
from ncrobot.protocol.materials import Role
from ncrobot.protocol.steps import Dilute, Dosing, Mix, Sample, Step

_LAYERS: Path = ("vessel", "layers")


def check_layers(parts: Parts) -> None:
    """Report layers of unknown solvents, and steps that leave open which layer they mean."""
    if parts.vessel is None:
        return
    layers = parts.vessel.layers
    _check_solvents(parts, layers)
    place = {solvent: number for number, layer in enumerate(layers) for solvent in layer}
    there: set[int] = set()
    for index, step in parts.numbered_steps():
        there |= {place[name] for name in _brought(parts, step) if name in place}
        if isinstance(step, Sample):
            _check_sample(parts, index, step, set(place))
        elif isinstance(step, Mix) and len(there) > 1:
            parts.warn(
                ("steps", index),
                "mixes-layers",
                f"{parts.label(('steps', index))} stirs the layers into each other: they need time "
                "to part before a sample is taken",
                fix="write a hold after it",
            )


def _brought(parts: Parts, step: Step) -> tuple[str, ...]:
    """The solvents that a step brings into the wells."""
    stock = parts.stocks.get(step.stock) if isinstance(step, Dosing | Dilute) else None
    if stock is None:
        return ()
    if stock.solvent is None:
        return (stock.of,)
    return (stock.solvent,) if isinstance(stock.solvent, str) else tuple(stock.solvent)


def _check_solvents(parts: Parts, layers: tuple[tuple[str, ...], ...]) -> None:
    if len(layers) == 1:
        message = "one layer alone is no boundary"
        fix = "name the layers from the bottom up, or leave layers out"
        parts.error(_LAYERS, "one-layer", message, fix=fix)
    seen: set[str] = set()
    for number, layer in enumerate(layers):
        for solvent in layer:
            material = parts.materials.get(solvent)
            path = (*_LAYERS, number)
            if solvent in seen:
                message = f'"{solvent}" lies in two layers'
                parts.error(path, "name-collision", message, found=solvent)
            elif solvent not in parts.materials or (
                material is not None and material.role is not Role.SOLVENT
            ):
                solvents = [
                    name
                    for name, each in parts.materials.items()
                    if each is not None and each.role is Role.SOLVENT
                ]
                message = f'layer {number + 1}: "{solvent}" is no solvent of this protocol'
                allowed = ", ".join(solvents) or None
                parts.error(path, "not-a-solvent", message, found=solvent, allowed=allowed)
            seen.add(solvent)


def _check_sample(parts: Parts, index: int, step: Sample, known: set[str]) -> None:
    path: Path = ("steps", index)
    allowed = ", ".join(sorted(known)) or None
    if step.layer is None and known:
        message = f"{parts.label(path)} doesn't say from which layer it is taken"
        parts.error(path, "which-layer", message, allowed=allowed, fix="write layer: a solvent")
    elif step.layer is not None and not known:
        message = f"{parts.label(path)} is taken from a layer, but the vessel has none"
        fix = "write vessel.layers, from the bottom up, or leave the layer out"
        parts.error((*path, "layer"), "no-layers", message, found=step.layer, fix=fix)
    elif step.layer is not None and step.layer not in known:
        message = f'{parts.label(path)}: "{step.layer}" is in no layer of the vessel'
        parts.error((*path, "layer"), "no-such-layer", message, found=step.layer, allowed=allowed)
