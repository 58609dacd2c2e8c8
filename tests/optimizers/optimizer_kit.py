"""Search spaces for the tests: some by hand, and any that hypothesis can think of."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ncrobot.optimizers import Layout, OptimizerState, Result, Suggestion
from ncrobot.optimizers.grid import Grid
from ncrobot.searchspace import Choice, Integer, Scope, SearchSpace, read_search_space

SYNTHESIS = """
ncrobot: search/1
name: synthesis
parameters:
  v_metal: {kind: continuous, quantity: volume, range: [50 µL, 300 µL], step: 5 µL}
  v_ligand: {kind: continuous, quantity: volume, range: [50 µL, 600 µL]}
  hydride: {kind: continuous, quantity: ratio, range: [0.5, 10], log: true}
  temperature: {kind: continuous, quantity: temperature, range: [0 °C, 60 °C], step: 5 K}
  portions: {kind: integer, range: [1, 8]}
  ligand: {kind: choice, of: [BDT, pMBA, GSH]}
constraints:
  - {kind: sum, of: {v_metal: 1, v_ligand: 1}, at_most: 700 µL, because: the well is small}
  - {kind: product, of: {hydride: 1, portions: 1}, at_most: 40}
  - {kind: never, when: {ligand: GSH, temperature: {above: 40 °C}}, because: GSH falls apart}
objectives:
  yield: {aim: maximise, unit: "%"}
"""


def synthesis(**changes: str) -> SearchSpace:
    """The space above; ``temperature=..., stirring=...`` set the scope of a parameter."""
    data = read_search_space(SYNTHESIS).model_dump(mode="json")
    for name, scope in changes.items():
        data["parameters"][name]["scope"] = scope
    return SearchSpace.model_validate(data)


def state(space: SearchSpace, **changes: Any) -> OptimizerState:
    return OptimizerState(optimizer="any", space=space, **changes)


def reloaded(told: OptimizerState) -> OptimizerState:
    """The state after a round trip through text."""
    return OptimizerState.model_validate(json.loads(told.model_dump_json()))


def answer(suggestions: list[Suggestion], *names: str, seed: int = 0) -> list[Result]:
    """Some smooth, noisy figure for each suggestion and objective."""
    rng = np.random.default_rng(seed)
    results = []
    for suggestion in suggestions:
        numbers = [v for v in suggestion.values.values() if not isinstance(v, str)]
        words = sum(len(v) for v in suggestion.values.values() if isinstance(v, str))
        base = float(np.sin(sum(numbers) / 100) + words / 10)
        results.append(
            Result(
                id=f"m-{suggestion.id}",
                suggestion=suggestion.id,
                values=suggestion.values,
                measured={
                    name: base * (k + 1) + rng.normal(0, 0.05) for k, name in enumerate(names)
                },
            )
        )
    return results


def assert_sound(space: SearchSpace, layout: Layout, suggestions: list[Suggestion]) -> None:
    """All that is promised of any suggestion."""
    grid = Grid(space)
    for suggestion in suggestions:
        assert set(suggestion.values) == set(space.parameters)
        for name, parameter in space.parameters.items():
            value = suggestion.values[name]
            if isinstance(parameter, Choice):
                assert value in parameter.of
                continue
            assert isinstance(value, int if isinstance(parameter, Integer) else float)
            assert parameter.low <= value <= parameter.high
        assert grid.broken(suggestion.values) == []
        assert grid.values(grid.point(suggestion.values)) == suggestion.values
        assert 1 <= suggestion.plate <= layout.plates
        assert 1 <= suggestion.block <= layout.blocks
    keys = [tuple(suggestion.values.values()) for suggestion in suggestions]
    assert len(keys) == len(set(keys)), "no point twice"
    ids = [suggestion.id for suggestion in suggestions]
    assert len(ids) == len(set(ids))
    assert_shared(space, layout, suggestions)


def assert_shared(space: SearchSpace, layout: Layout, suggestions: list[Suggestion]) -> None:
    by_round: dict[str, list[Suggestion]] = {}
    for suggestion in suggestions:
        by_round.setdefault(suggestion.id.split("-")[0], []).append(suggestion)
    for batch in by_round.values():
        seats: dict[tuple[int, int], list[Suggestion]] = {}
        for suggestion in batch:
            seats.setdefault((suggestion.plate, suggestion.block), []).append(suggestion)
        assert all(len(group) <= layout.wells for group in seats.values())
        for name, parameter in space.parameters.items():
            if parameter.scope is Scope.WELL:
                continue
            is_plate = parameter.scope is Scope.PLATE
            held: dict[Any, set[Any]] = {}
            for (plate, block), group in seats.items():
                place = plate if is_plate else (plate, block)
                held.setdefault(place, set()).update(item.values[name] for item in group)
            assert all(len(values) == 1 for values in held.values()), (name, held)


@st.composite
def spaces(draw: st.DrawFn, *, shared: bool = True) -> SearchSpace:
    """Any small search space that has at least one point; see :func:`spaces_with_points`."""
    scopes = st.sampled_from(list(Scope) if shared else [Scope.WELL])
    parameters: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["continuous", "integer", "choice"]))
        low = draw(st.integers(1, 50))
        width = draw(st.integers(1, 60))
        item: dict[str, Any] = {"kind": kind, "scope": draw(scopes).value}
        if kind == "choice":
            item["of"] = [f"w{k}" for k in range(draw(st.integers(1, 4)))]
        elif kind == "integer":
            item |= {"range": [low, low + width], "step": draw(st.integers(1, width))}
        else:
            step = draw(st.sampled_from([None, 0.1, 0.25, 1.0]))
            item |= {"quantity": "ratio", "range": [low / 10, (low + width) / 10], "step": step}
            item["log"] = draw(st.booleans())
            if step is not None and step > width / 10:
                item["step"] = width / 10
        parameters[f"p{number}"] = item
    objectives = {f"y{k}": {"aim": "maximise"} for k in range(draw(st.integers(1, 2)))}
    return SearchSpace.model_validate(
        {
            "ncrobot": "search/1",
            "name": "any",
            "parameters": parameters,
            "constraints": draw(_constraints(parameters)),
            "objectives": objectives,
            "trade": draw(st.sampled_from(["weights", "pareto"])),
        }
    )


@st.composite
def _constraints(draw: st.DrawFn, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = [name for name, item in parameters.items() if item["kind"] != "choice"]
    found: list[dict[str, Any]] = []
    if numbers and draw(st.booleans()):
        kind = draw(st.sampled_from(["sum", "product"]))
        chosen = draw(st.lists(st.sampled_from(numbers), min_size=1, unique=True))
        weights = {name: draw(st.sampled_from([1.0, 2.0, -1.0])) for name in chosen}
        bound = {draw(st.sampled_from(["at_most", "at_least"])): float(draw(st.integers(-5, 60)))}
        found.append({"kind": kind, "of": weights, **bound})
    if numbers and draw(st.booleans()):
        middle = parameters[numbers[0]]["range"]
        above = (middle[0] + middle[1]) / 2
        found.append({"kind": "never", "when": {numbers[0]: {"above": above}}})
    return found


def layouts() -> st.SearchStrategy[Layout]:
    return st.builds(
        Layout, plates=st.integers(1, 2), blocks=st.integers(1, 3), wells=st.integers(2, 8)
    )
