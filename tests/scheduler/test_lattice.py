"""The parts that scheduling stands on: calendars, circles, clusters, and earliest times."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncrobot.plan import Lag
from ncrobot.scheduler.calendar import (
    Calendar,
    Claim,
    first_free,
    last_free,
    smear_down,
    smear_up,
)
from ncrobot.scheduler.circles import contradicting
from ncrobot.scheduler.components import Cluster, make_clusters
from ncrobot.scheduler.lattice import ContradictionError, Lattice, make_shape
from ncrobot.scheduler.network import build_network
from scheduler.scheduler_kit import comb, plan_of, portions, transfer

BITS = 40


def bits(ticks):
    return sum(1 << tick for tick in ticks)


@given(st.sets(st.integers(0, BITS)), st.integers(0, 12))
def test_smearing_covers_the_neighbours(ticks, count):
    up = {t + k for t in ticks for k in range(count + 1)}
    assert smear_up(bits(ticks), count) == bits(up)
    down = {t - k for t in ticks for k in range(count + 1) if t >= k}
    assert smear_down(bits(ticks), count) == bits(down)


@given(st.sets(st.integers(0, BITS)), st.integers(-5, BITS), st.integers(-5, BITS + 9))
def test_the_first_and_the_last_free_tick(ticks, low, high):
    assert first_free(bits(ticks), low) == next(
        t for t in itertools.count(max(low, 0)) if t not in ticks
    )
    free = [t for t in range(max(low, 0), high + 1) if t not in ticks]
    assert last_free(bits(ticks), low, high) == (free[-1] if free else None)


@given(
    st.lists(st.tuples(st.integers(0, BITS), st.integers(0, 6), st.integers(0, 3)), max_size=6),
    st.integers(0, 6),
    st.integers(0, 3),
)
def test_a_calendar_lets_nothing_overlap(marks, duration, tail):
    calendar, taken = Calendar(), set()
    for start, length, after in marks:
        calendar.occupy([Claim("arm", after)], start, length)
        taken |= set(range(start, start + length + after)) if length else set()
    blocked = calendar.blocked([Claim("arm", tail)], duration)
    for start in range(BITS + 12):
        wanted = set(range(start, start + duration + tail)) if duration else set()
        assert bool(blocked >> start & 1) == bool(wanted & taken)


def test_a_calendar_forgets_what_is_released_and_keeps_free_what_it_is_told_to():
    calendar = Calendar()
    calendar.occupy([Claim("arm")], 10, 5)
    tried = calendar.copy()
    tried.release([Claim("arm")], 10, 5)
    assert tried.blocked([Claim("arm")], 3) == 0
    assert calendar.blocked([Claim("arm")], 3) == bits(range(8, 15))
    calendar.keep([Claim("arm")], bits([20, 30]), 2)
    assert calendar.blocked([Claim("arm")], 1) == bits(range(10, 15))
    kept = [*range(10, 15), 20, 21, 30, 31]
    assert calendar.blocked([Claim("arm")], 1, kept=True) == bits(kept)


ARROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(-20, 20)).filter(
        lambda a: a[0] != a[1]
    ),
    max_size=8,
)


def longest_paths(arrows):
    """All longest paths between five points, or None if they have no end (Floyd and Warshall)."""
    far = [[0 if a == b else -(10**6) for b in range(5)] for a in range(5)]
    for a, b, gap in arrows:
        far[a][b] = max(far[a][b], gap)
    for k, a, b in itertools.product(range(5), repeat=3):
        far[a][b] = max(far[a][b], far[a][k] + far[k][b])
    return None if any(far[a][a] > 0 for a in range(5)) else far


@given(ARROWS)
def test_a_contradiction_is_a_circle_that_adds_up(arrows):
    found = contradicting(range(5), [(*arrow, arrow) for arrow in arrows])
    assert (found is None) == (longest_paths(arrows) is not None)
    if found is not None:
        circle, missing = found
        assert missing == sum(gap for _, _, gap in circle) > 0
        for (_, end, _), (start, _, _) in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert end == start


@given(ARROWS, st.lists(st.sets(st.integers(0, 25)), min_size=5, max_size=5), st.integers(20, 60))
def test_the_earliest_times_are_the_least_of_all_solutions(arrows, busy, last):
    """Against plain enumeration, block by block, of everything up to ``last``."""
    if longest_paths(arrows) is None:
        return
    network = build_network(plan_of([transfer(f"x{i}", "A1") for i in range(5)], []))
    lattice = Lattice(make_shape(Cluster(tuple(network.nodes), ()), exact="nothing"))
    for a, b, gap in arrows:
        lattice.add_arrow((a, b, gap))
    lattice.blocked = [bits(ticks) for ticks in busy]
    lattice.upper = [last] * 5
    found = lattice.earliest()
    free = [[t for t in range(last + 1) if t not in ticks] for ticks in busy]
    # Closing the sets under the arrows leaves the least values of all solutions, or nothing.
    changed = True
    while changed and all(free):
        changed = False
        for a, b, gap in arrows:
            kept_b = [t for t in free[b] if t >= free[a][0] + gap] if free[a] else []
            kept_a = [t for t in free[a] if kept_b and t <= kept_b[-1] - gap]
            if (kept_a, kept_b) != (free[a], free[b]):
                free[a], free[b], changed = kept_a, kept_b, True
    if not all(free):
        assert found is None
        return
    assert found == [ticks[0] for ticks in free]
    assert all(found[b] >= found[a] + gap for a, b, gap in arrows)


def test_clusters_are_what_upper_bounds_tie_together():
    ops = [transfer(f"x{i}", "A1") for i in range(6)]
    lags = [
        Lag(before="x0", after="x1"),
        Lag(before="x1", after="x2", max_s=60),
        Lag(before="x2", after="x3"),
        Lag(before="x3", after="x4"),
        Lag(before="x4", after="x1", min_s=-500),  # a circle of lower bounds ties as well
        Lag(before="x4", after="x5"),
    ]
    clusters = make_clusters(build_network(plan_of(ops, lags)))
    assert [cluster.members for cluster in clusters] == [("x0",), ("x1", "x2", "x3", "x4"), ("x5",)]
    assert [len(cluster.edges) for cluster in clusters] == [0, 4, 0]


def test_clusters_come_after_those_they_wait_for_even_in_a_long_chain():
    ops = [transfer(f"x{i}", "A1") for i in range(3000)]
    lags = [Lag(before=f"x{i + 1}", after=f"x{i}") for i in range(2999)]
    clusters = make_clusters(build_network(plan_of(ops, lags)))
    assert [cluster.members[0] for cluster in clusters] == [f"x{i}" for i in reversed(range(3000))]


def test_portions_at_their_targets_are_one_block():
    ops, lags = comb("A1", 8)
    network = build_network(plan_of(ops, lags))
    cluster = next(c for c in make_clusters(network) if len(c.members) == 8)
    exact = make_shape(cluster, exact="portions")
    assert exact.blocks == (tuple((f"p{k + 1}-A1", 1800 * k) for k in range(8)),)
    assert len(make_shape(cluster, exact="nothing").blocks) == 8


def test_a_contradiction_tells_what_is_missing():
    teeth = ["x0", "x1"]
    lags = [*portions("A1", teeth, 600, 10), Lag(before="x0", after="x1", min_s=700)]
    network = build_network(plan_of([transfer(n, "A1") for n in teeth], lags))
    with pytest.raises(ContradictionError) as caught:
        make_shape(make_clusters(network)[0], exact="nothing")
    assert caught.value.missing == 20 + 700 - 610
    assert {edge.lag.kind for edge in caught.value.edges} == {"portion", "order"}


def test_fractions_of_a_second_are_counted_in_tenths():
    ops = [transfer("x0", "A1"), transfer("x1", "A1")]
    lags = [Lag(before="x0", after="x1", min_s=10.3, max_s=10.4)]
    network = build_network(plan_of(ops, lags))
    assert network.grid.per_s == 10
    assert (network.edges[0].low, network.edges[0].high) == (303, 304)
