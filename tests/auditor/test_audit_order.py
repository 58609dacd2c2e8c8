"""Before and after: the order that lags imply is the one that a plain search finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ncrobot.auditor.order import Order
from ncrobot.plan import AskPerson, Lag, Shake

EDGES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from(["start", "end"])), max_size=14
)


def operations(count: int = 8):
    """Every other one is a person's, the rest belong to one shaker."""
    return [
        AskPerson(
            id=f"o{n}", step="s", device="person", task="wait a bit", takes_s=1, default="done"
        )
        if n % 2
        else Shake(id=f"o{n}", step="s", device="shaker", labware="plate", speed_rpm=0)
        for n in range(count)
    ]


def follows(edges, first: int, second: int) -> bool:
    """Whether one operation is reached from another: both at ends, or two acts of one device."""
    seen, todo = set(), [first]
    while todo:
        number = todo.pop()
        for before, after, point in edges:
            if (
                before == number
                and (point == "end" or before % 2 == after % 2)
                and after not in seen
            ):
                seen.add(after)
                todo.append(after)
    return second in seen


@given(EDGES)
def test_before_is_what_a_search_reaches(edges):
    lags = [Lag(before=f"o{b}", after=f"o{a}", point=point) for b, a, point in edges]
    order = Order(operations(), lags)
    assert bool(order.circular) == any(follows(edges, n, n) for n in range(8))
    if not order.circular:
        ranks = {operation.id: rank for rank, operation in enumerate(order.sequence)}
        for first in range(8):
            for second in range(8):
                before = order.is_before(f"o{first}", f"o{second}")
                assert before == follows(edges, first, second)
                assert not before or ranks[f"o{first}"] < ranks[f"o{second}"]


def test_without_lags_the_plan_keeps_its_own_order():
    order = Order(operations(), [])
    assert [operation.id for operation in order.sequence] == [f"o{n}" for n in range(8)]
    assert not order.is_before("o0", "o1")
    assert not order.is_before("o0", "unheard_of")


def test_a_lag_that_may_be_negative_orders_nothing():
    lags = [
        Lag(before="o0", after="o1", min_s=-5),
        Lag(before="o1", after="o2", min_s=float("nan")),
    ]
    order = Order(operations(), lags)
    assert not order.is_before("o0", "o1")
    assert not order.is_before("o1", "o2")
