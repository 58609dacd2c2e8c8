"""A sound protocol that uses every kind of step, and a way to break it in one place."""

from __future__ import annotations

SOUND = """\
ncrobot: protocol/1
name: sound
title: A protocol with every kind of step
materials:
  gold:
    name: tetrachloroauric(III) acid trihydrate
    role: metal
    formula: HAuCl4·3H2O
    cas: 16961-25-4
  thiol: {name: 4-mercaptobenzoic acid, role: ligand, formula: C7H6O2S}
  liquid_thiol: {name: "2,4-dimethylbenzenethiol", role: ligand, formula: C8H10S, density: 1.03 g/mL}
  hydride: {name: sodium borohydride, role: reductant, formula: NaBH4, electrons: 8, assay: 95 %}
  acid: {name: hydrochloric acid, role: acid, formula: HCl}
  base: {name: sodium hydroxide, role: base, formula: NaOH}
  water: {name: water, role: solvent, formula: H2O}
  ethanol: {name: ethanol, role: solvent}
stocks:
  water: {of: water, neat: true}
  gold: {of: gold, concentration: 20 mM, solvent: water}
  thiol:
    of: thiol
    concentration: 50 mM
    also: {base: 110 mM}
    solvent: {water: 0.5, ethanol: 50 %}
  liquid_thiol: {of: liquid_thiol, neat: true}
  acid: {of: acid, concentration: 100 mM, solvent: water}
  base: {of: base, concentration: 100 mM, solvent: water}
  hydride:
    of: hydride
    weighed: 1 mg/mL
    solvent: water
    keep_at: 0 °C
    decay: {model: borohydride_hydrolysis, ph: 12}
    life: 4 h
    remake: person
    remake_takes: 10 min
vessel: {final_volume: 1 mL}
parameters:
  ligand_per_metal: {quantity: ratio, range: [0.5, 8], default: 3}
  electrons: {quantity: ratio, range: [0.5, 16], default: 4}
  portions: {quantity: count, range: [1, 8], default: 8}
  wait: {quantity: duration, range: [5 min, 2 h], default: 30 min}
  speed: {quantity: speed, range: [200 rpm, 1200 rpm], default: 600 rpm, scope: plate}
  warmth: {quantity: temperature, range: [20 °C, 60 °C], default: 25 °C, scope: block}
controls:
  blank: {omit: [gold]}
steps:
  - do: add
    id: fill
    stock: water
    make_up: true
  - do: add
    id: metal_in
    stock: gold
    amount: {value: 1 µmol, assumed: nothing is printed}
  - {do: add, stock: thiol, equivalents: $ligand_per_metal}
  - {do: exchange, stock: liquid_thiol, volume: 2 uL, for: 1 min}
  - {do: mix, volume: 200 uL, repetitions: 3}
  - {do: stir, id: stirring, speed: $speed, temperature: $warmth}
  - {do: hold, for: $wait}
  - {do: adjust_ph, stock: base, to: pH 9, max_volume: 50 uL}
  - do: reduce
    id: reduction
    stock: hydride
    electrons_per_metal: $electrons
    portions: $portions
    interval: 30 min
    tolerance: 30 s
    timing: [{after: metal_in, at_least: 5 min, at_most: 4 h}]
  - {do: sample, volume: 20 uL, after_each_portion_of: reduction, tolerance: 1 min}
  - {do: age, for: 8 h}
  - {do: dilute, stock: water, factor: 1.2, timing: [{after: reduction, of: last, target: 10 min, tolerance: 1 min}]}
  - {do: sample, volume: 20 uL, at: [0 s, 1 h], after: reduction, dilute_with: {stock: water, volume: 100 uL}}
  - {do: acidify, stock: acid, volume: 10 uL, permission: "the safety officer: vented wells, small dose"}
  - {do: measure, start: 300 nm, stop: 900 nm, step: 2 nm}
  - {do: person, task: Centrifuge the plate., takes: 30 min, answer_within: 2 h}
"""

# Stands in an edit where the finding must point; it is taken out of the text.
MARK = "¦"


def broken(*edits: tuple[str, str]) -> tuple[str, tuple[int, int]]:
    """Return the text with all edits, and line and column of the mark in it (from 1)."""
    text = SOUND
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
        text = text.replace(old, new)
    assert text.count(MARK) == 1, "mark exactly one place"
    before = text[: text.index(MARK)]
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return text.replace(MARK, ""), (line, column)
