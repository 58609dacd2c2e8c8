"""Ways to spoil a plan: each returns the spoilt plan, sealed anew, or None if it doesn't apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ncrobot.plan import AskPerson, Lag, MixWells, Operation, Plan, Transfer

Mutation = Callable[[Plan], Plan | None]
MUTATIONS: dict[str, tuple[str, Mutation]] = {}


def spoils(code: str) -> Callable[[Mutation], Mutation]:
    """Register a mutation and the code of the difference that it must cause."""

    def register(mutation: Mutation) -> Mutation:
        MUTATIONS[mutation.__name__] = (code, mutation)
        return mutation

    return register


def changed(plan: Plan, **fields: Any) -> Plan:
    return plan.model_copy(update=fields)


def with_operation(plan: Plan, old: Operation, *new: Operation) -> Plan:
    """The plan with an operation replaced; lags to a lost one are led past it."""
    operations = [n for o in plan.operations for n in (new if o.id == old.id else (o,))]
    lags = list(plan.lags)
    if not new:
        before = [lag.before for lag in lags if lag.after == old.id and lag.point == "end"]
        after = [lag.after for lag in lags if lag.before == old.id and lag.point == "end"]
        lags = [lag for lag in lags if old.id not in (lag.before, lag.after)]
        lags += [Lag(before=b, after=a) for b in before for a in after]
    return changed(plan, operations=tuple(operations), lags=tuple(lags))


def with_leg(plan: Plan, operation: Transfer, number: int = 0, **fields: Any) -> Plan:
    legs = list(operation.legs)
    legs[number] = legs[number].model_copy(update=fields)
    return with_operation(plan, operation, operation.model_copy(update={"legs": tuple(legs)}))


def with_lag(plan: Plan, old: Lag, *new: Lag) -> Plan:
    return changed(plan, lags=tuple(n for g in plan.lags for n in (new if g is old else (g,))))


def with_stock(plan: Plan, stock: str, **fields: Any) -> Plan:
    return changed(
        plan,
        stocks=tuple(
            use.model_copy(update=fields) if use.stock == stock else use for use in plan.stocks
        ),
    )


def transfers(plan: Plan, purpose: str = "dose") -> list[Transfer]:
    return [o for o in plan.operations if isinstance(o, Transfer) and o.purpose == purpose]


def a_dose(plan: Plan) -> Transfer:
    """A dose of a stock with moles into several wells."""
    return next(o for o in transfers(plan) if o.legs[0].umol and len(o.legs) > 1)


def a_fill(plan: Plan) -> Transfer:
    """A dose whose first two legs differ in volume."""
    return next(
        o for o in transfers(plan)
        if len(o.legs) > 1 and o.legs[0].volume_ul != o.legs[1].volume_ul
    )  # fmt: skip


def portions(plan: Plan) -> list[Transfer]:
    """The portions of the first group that gets several."""
    many = [o for o in transfers(plan) if (o.portion or 0) > 1]
    return [o for o in transfers(plan) if o.step == many[0].step and o.group == many[0].group]


def a_lag(plan: Plan, kind: str) -> Lag | None:
    return next((lag for lag in plan.lags if lag.kind == kind), None)


def scaled(plan: Plan, operation: Transfer, number: int, factor: float) -> Plan:
    """One leg with another volume, its claimed amounts in keeping."""
    leg = operation.legs[number]
    umol = {name: amount * factor for name, amount in leg.umol.items()}
    return with_leg(plan, operation, number, volume_ul=leg.volume_ul * factor, umol=umol)


@spoils("dose-volume")
def one_percent_more(plan):
    return scaled(plan, a_dose(plan), 0, 1.01)


@spoils("dose-volume")
def one_percent_less(plan):
    return scaled(plan, a_dose(plan), 1, 0.99)


@spoils("final-volume")
def too_little_solvent(plan):
    return scaled(plan, transfers(plan)[0], 0, 0.98)


@spoils("dose-volume")
def swapped_wells(plan):
    operation = a_fill(plan)
    first, second = operation.legs[0].destination, operation.legs[1].destination
    return with_leg(
        with_leg(plan, operation, 0, destination=second),
        _same(plan, operation, 0, second),
        1,
        destination=first,
    )


def _same(plan: Plan, operation: Transfer, number: int, destination: str) -> Transfer:
    legs = list(operation.legs)
    legs[number] = legs[number].model_copy(update={"destination": destination})
    return operation.model_copy(update={"legs": tuple(legs)})


@spoils("missing-dose")
def dropped_leg(plan):
    operation = a_dose(plan)
    wells = tuple(leg.destination.split("/")[1] for leg in operation.legs[1:])
    fewer = operation.model_copy(update={"legs": operation.legs[1:], "wells": wells})
    return with_operation(plan, operation, fewer)


@spoils("missing-dose")
def dropped_operation(plan):
    return with_operation(plan, a_dose(plan))


@spoils("moles")
def dose_given_twice(plan):
    operation = a_dose(plan)
    again = operation.model_copy(update={"id": "again"})
    lags = (*plan.lags, Lag(before=operation.id, after="again"))
    return changed(with_operation(plan, operation, operation, again), lags=lags)


@spoils("duplicate-operation")
def operation_listed_twice(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation, operation)


@spoils("wrong-stock")
def drawn_from_another_stock(plan):
    operation = a_dose(plan)
    other = next(
        address for use in plan.stocks for address in use.positions_ul
        if use.stock != operation.stock and use.umol_per_ul and use.working_of is None
    )  # fmt: skip
    return with_leg(plan, operation, 0, source=other)


@spoils("wrong-source")
def drawn_from_an_empty_place(plan):
    operation = a_dose(plan)
    return with_leg(plan, operation, 0, source=operation.legs[0].destination)


@spoils("wrong-stock")
def another_stock_altogether(plan):
    """Another stock of the same volume, drawn from its own place with its own claims."""
    operation = a_dose(plan)
    other = next(
        u
        for u in plan.stocks
        if u.stock != operation.stock and u.umol_per_ul and u.working_of is None
    )
    legs = tuple(
        leg.model_copy(
            update={
                "source": next(iter(other.positions_ul)),
                "umol": {n: each * leg.volume_ul for n, each in other.umol_per_ul.items()},
            }
        )
        for leg in operation.legs
    )
    return with_operation(
        plan, operation, operation.model_copy(update={"legs": legs, "stock": other.stock})
    )


@spoils("stock")
def wrong_strength_claimed(plan):
    """A stock two percent stronger; all its legs claim accordingly."""
    stock = a_dose(plan).stock
    use = next(u for u in plan.stocks if u.stock == stock)
    stronger = {name: each * 1.02 for name, each in use.umol_per_ul.items()}
    operations = tuple(
        o.model_copy(
            update={
                "legs": tuple(
                    leg.model_copy(update={"umol": {n: a * 1.02 for n, a in leg.umol.items()}})
                    for leg in o.legs
                )
            }
        )
        if isinstance(o, Transfer) and o.stock == stock
        else o
        for o in plan.operations
    )
    return changed(with_stock(plan, stock, umol_per_ul=stronger), operations=operations)


@spoils("amount-of-leg")
def wrong_amount_claimed(plan):
    operation = a_dose(plan)
    name, amount = next(iter(operation.legs[0].umol.items()))
    return with_leg(plan, operation, 0, umol={**operation.legs[0].umol, name: amount * 1.001})


@spoils("stock")
def wrong_mass_to_weigh(plan):
    use = next(u for u in plan.stocks if u.weigh_mg)
    name, mass = next(iter(use.weigh_mg.items()))
    return with_stock(plan, use.stock, weigh_mg={**use.weigh_mg, name: mass * 1.01})


@spoils("overdraw")
def too_little_loaded(plan):
    use = next(u for u in plan.stocks if u.working_of is None)
    short = {a: volume * 0.3 for a, volume in use.positions_ul.items()}
    return with_stock(plan, use.stock, positions_ul=short)


@spoils("overflow")
def trough_too_full(plan):
    use = next(u for u in plan.stocks if u.working_of is None)
    return with_stock(plan, use.stock, positions_ul=dict.fromkeys(use.positions_ul, 1e6))


@spoils("overflow")
def wells_too_small(plan):
    labware = tuple(
        p.model_copy(update={"max_volume_ul": 600.0}) if p.name == plan.vessel_labware else p
        for p in plan.deck.labware
    )
    return changed(plan, deck=plan.deck.model_copy(update={"labware": labware}))


@spoils("shared-place")
def two_stocks_in_one_place(plan):
    first, second = (u for u in plan.stocks[:2])
    return with_stock(plan, second.stock, positions_ul={next(iter(first.positions_ul)): 20000.0})


@spoils("tip-reuse")
def tip_of_another_stock(plan):
    operation = a_dose(plan)
    other = next(o for o in transfers(plan) if o.stock != operation.stock and o.tip_use == "reuse")
    return with_leg(plan, operation, 0, tip=other.legs[0].tip)


@spoils("tip-reuse")
def fresh_tip_used_again(plan):
    samples = transfers(plan, "sample")
    return with_leg(plan, samples[1], 0, tip=samples[0].legs[0].tip)


@spoils("tip-touches")
def reused_tip_touches(plan):
    operation = next(o for o in transfers(plan) if o.tip_use == "reuse")
    return with_operation(plan, operation, operation.model_copy(update={"touches": True}))


@spoils("no-such-tip")
def tip_that_is_not_there(plan):
    return with_leg(plan, a_dose(plan), 0, tip="no_rack/A1")


@spoils("tip-volume")
def tip_too_large(plan):
    operation = next(o for o in transfers(plan) if o.legs[0].volume_ul < 90)
    large = next(p.name for p in plan.deck.labware if p.role == "tips" and "1000" in p.definition)
    return with_leg(plan, operation, 0, tip=f"{large}/H12")


@spoils("channels")
def channel_used_twice(plan):
    operation = a_dose(plan)
    return with_leg(plan, operation, 1, channel=operation.legs[0].channel)


@spoils("channels")
def channel_that_is_not_there(plan):
    return with_leg(plan, a_dose(plan), 0, channel=15)


@spoils("channels")
def channels_that_cross(plan):
    operation = a_dose(plan)
    legs = list(operation.legs)
    channels = [leg.channel for leg in legs]
    legs[0] = legs[0].model_copy(update={"channel": channels[1]})
    legs[1] = legs[1].model_copy(update={"channel": channels[0]})
    return with_operation(plan, operation, operation.model_copy(update={"legs": tuple(legs)}))


@spoils("mix")
def mixing_that_nobody_asked_for(plan):
    sample = transfers(plan, "sample")[0]
    mixing = {"mix_repetitions": 3, "mix_volume_ul": 10.0}
    return with_operation(plan, sample, sample.model_copy(update=mixing))


@spoils("dilution")
def working_solution_not_mixed(plan):
    made = [o for o in transfers(plan, "dilution") if o.step == "prepare"]
    if not made:
        return None
    return with_operation(plan, made[-1], made[-1].model_copy(update={"mix_repetitions": 0}))


@spoils("unasked-lag")
def wait_that_nobody_asked_for(plan):
    lag = a_lag(plan, "order")
    return with_lag(plan, lag, lag.model_copy(update={"min_s": 3600.0}))


@spoils("unasked-lag")
def hurry_that_nobody_asked_for(plan):
    lag = a_lag(plan, "order")
    return with_lag(plan, lag, lag, lag.model_copy(update={"kind": "timing", "max_s": 600.0}))


@spoils("device")
def device_that_is_not_there(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation.model_copy(update={"device": "crane"}))


@spoils("slurry")
def stock_stirred_up_for_nothing(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation.model_copy(update={"resuspend": True}))


@spoils("tip-count")
def tips_counted_wrongly(plan):
    return changed(plan, tips_used={})


@spoils("portions")
def missing_portion(plan):
    return with_operation(plan, portions(plan)[-1])


@spoils("unequal-portions")
def unequal_portions(plan):
    first, second, *_ = portions(plan)
    return scaled(scaled(plan, first, 0, 1.1), second, 0, 0.9)


@spoils("portions")
def portion_numbered_wrongly(plan):
    last = portions(plan)[-1]
    return with_operation(plan, last, last.model_copy(update={"portion": 12}))


@spoils("lag")
def wrong_interval(plan):
    lag = a_lag(plan, "portion")
    shifted = {"min_s": lag.min_s + 300, "max_s": lag.max_s + 300, "target_s": lag.target_s + 300}
    return with_lag(plan, lag, lag.model_copy(update=shifted))


@spoils("lag")
def wider_tolerance(plan):
    lag = a_lag(plan, "portion")
    return with_lag(plan, lag, lag.model_copy(update={"max_s": lag.max_s + 600}))


@spoils("lag")
def lost_interval(plan):
    return with_lag(plan, a_lag(plan, "portion"))


@spoils("lag")
def shorter_hold(plan):
    lag = a_lag(plan, "hold")
    return with_lag(plan, lag, lag.model_copy(update={"min_s": lag.min_s / 2}))


@spoils("lag")
def hold_without_its_end(plan):
    lag = next(lag for lag in plan.lags if lag.kind == "hold" and lag.max_s is not None)
    return with_lag(plan, lag, lag.model_copy(update={"max_s": None}))


@spoils("lag")
def lost_hold(plan):
    lag = a_lag(plan, "hold")
    return with_lag(plan, lag, lag.model_copy(update={"kind": "order", "min_s": 0, "max_s": None}))


@spoils("lag")
def lost_timing(plan):
    lag = a_lag(plan, "timing")
    return None if lag is None else with_lag(plan, lag)


@spoils("lag")
def late_sample(plan):
    lag = a_lag(plan, "sample")
    return None if lag is None else with_lag(plan, lag, lag.model_copy(update={"min_s": 0.0}))


@spoils("lag")
def other_policy_for_late_wells(plan):
    lag = a_lag(plan, "portion")
    return with_lag(plan, lag, lag.model_copy(update={"if_late": "stop"}))


@spoils("order")
def swapped_order(plan):
    """Two neighbours of a chain change places; every lag is turned over with them."""
    first = a_dose(plan)
    lag = next(g for g in plan.lags if g.before == first.id and g.kind in ("order", "hold"))
    names = {lag.before: lag.after, lag.after: lag.before}
    lags = tuple(
        g.model_copy(
            update={"before": names.get(g.before, g.before), "after": names.get(g.after, g.after)}
        )
        for g in plan.lags
    )
    return changed(plan, lags=lags)


@spoils("order")
def order_left_open(plan):
    operation = a_dose(plan)
    return changed(plan, lags=tuple(g for g in plan.lags if g.after != operation.id))


@spoils("order")
def diluent_left_behind(plan):
    ids = {o.id for o in transfers(plan, "dilution") if o.step != "prepare"}
    return changed(plan, lags=tuple(g for g in plan.lags if g.before not in ids)) if ids else None


@spoils("order")
def drawn_before_it_is_prepared(plan):
    ids = {o.id for o in plan.operations if o.step == "prepare"}
    return changed(plan, lags=tuple(g for g in plan.lags if g.before not in ids)) if ids else None


@spoils("circular-lags")
def lags_in_a_circle(plan):
    first, *_, last = portions(plan)
    return changed(plan, lags=(*plan.lags, Lag(before=last.id, after=first.id)))


@spoils("unknown-operation")
def lag_to_nothing(plan):
    return changed(plan, lags=(*plan.lags, Lag(before=a_dose(plan).id, after="nothing")))


@spoils("impossible-lag")
def lag_that_nothing_keeps(plan):
    lag = a_lag(plan, "portion")
    return with_lag(plan, lag, lag.model_copy(update={"max_s": lag.min_s - 1}))


@spoils("samples")
def dropped_sample(plan):
    return with_operation(plan, transfers(plan, "sample")[0])


@spoils("sample-volume")
def larger_sample(plan):
    return scaled(plan, transfers(plan, "sample")[0], 0, 1.02)


@spoils("sample-place")
def samples_in_one_well(plan):
    operation = transfers(plan, "sample")[0]
    return with_leg(plan, operation, 0, destination=operation.legs[1].destination)


@spoils("wrong-destination")
def sample_put_back(plan):
    operation = transfers(plan, "sample")[0]
    return with_leg(plan, operation, 0, destination=operation.legs[1].source)


@spoils("sample-volume")
def sample_without_its_diluent(plan):
    diluents = [o for o in transfers(plan, "dilution") if o.step != "prepare"]
    return with_operation(plan, diluents[0]) if diluents else None


@spoils("dilution")
def working_solution_too_weak(plan):
    made = [o for o in transfers(plan, "dilution") if o.step == "prepare"]
    return scaled(plan, made[0], 0, 1.1) if made else None


@spoils("stock")
def working_solution_of_another_factor(plan):
    use = next((u for u in plan.stocks if u.working_of), None)
    return None if use is None else with_stock(plan, use.stock, dilution_factor=10.0)


@spoils("dilution")
def diluted_too_much(plan):
    operation = next((o for o in transfers(plan) if o.step == "thin"), None)
    return None if operation is None else scaled(plan, operation, 0, 1.05)


@spoils("mix")
def mixed_once_less(plan):
    mix = next((o for o in plan.operations if isinstance(o, MixWells)), None)
    if mix is None:
        return None
    return with_operation(plan, mix, mix.model_copy(update={"repetitions": mix.repetitions - 1}))


@spoils("plate-work")
def shaken_at_another_speed(plan):
    slow = tuple(b.model_copy(update={"speed_rpm": b.speed_rpm / 2}) for b in plan.backgrounds)
    return changed(plan, backgrounds=slow)


@spoils("plate-work")
def nobody_is_asked(plan):
    person = next((o for o in plan.operations if isinstance(o, AskPerson) and o.takes_s), None)
    return None if person is None else with_operation(plan, person)


@spoils("claimed-amount")
def other_amounts_claimed_for_a_well(plan):
    well = plan.wells[0].model_copy(update={"asked_umol": {"gold": 2.0}})
    return changed(plan, wells=(well, *plan.wells[1:]))


@spoils("claimed-volume")
def other_volume_claimed_for_a_well(plan):
    well = plan.wells[0].model_copy(update={"final_volume_ul": 999.0})
    return changed(plan, wells=(well, *plan.wells[1:]))


@spoils("claimed-hydrogen")
def less_hydrogen_claimed(plan):
    well = plan.wells[0].model_copy(update={"hydrogen_ul": plan.wells[0].hydrogen_ul / 2})
    return changed(plan, wells=(well, *plan.wells[1:]))


@spoils("claimed-volume")
def smaller_peak_claimed(plan):
    well = plan.wells[0]
    low = well.model_copy(update={"peak_volume_ul": well.peak_volume_ul - 100})
    return changed(plan, wells=(low, *plan.wells[1:]))


@spoils("plate-work")
def shaken_too_early(plan):
    last = transfers(plan)[-1]
    early = tuple(b.model_copy(update={"starts_after": (last.id,)}) for b in plan.backgrounds)
    return changed(plan, backgrounds=early)


@spoils("other-value")
def other_values_claimed_for_a_well(plan):
    well = plan.wells[0]
    values = {name: value + 1 for name, value in well.values.items()}
    return changed(plan, wells=(well.model_copy(update={"values": values}), *plan.wells[1:]))


@spoils("other-wells")
def lost_well(plan):
    return changed(plan, wells=plan.wells[1:])


@spoils("other-protocol")
def other_name(plan):
    return changed(plan, protocol="another")


@spoils("dose-volume")
def other_protocol_text(plan):
    """The protocol asks for a tenth more gold than the plan was made for."""
    text = plan.texts.protocol
    more = text.replace("amount: 1 µmol", "amount: 1.1 µmol").replace(
        "{value: 1 µmol", "{value: 1.1 µmol"
    )
    return changed(plan, texts=plan.texts.model_copy(update={"protocol": more}))


@spoils("group")
def operation_of_another_group(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation.model_copy(update={"group": "elsewhere"}))


@spoils("unknown-step")
def operation_of_no_step(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation.model_copy(update={"step": "nowhere"}))


@spoils("other-wells")
def operation_names_other_wells(plan):
    operation = a_dose(plan)
    return with_operation(plan, operation, operation.model_copy(update={"wells": ("H12",)}))


@spoils("no-such-place")
def well_that_is_not_there(plan):
    return with_leg(plan, a_dose(plan), 0, destination=f"{plan.vessel_labware}/P24")


@spoils("cold-stock")
def stock_kept_warm(plan):
    use = next((u for u in plan.stocks if u.keep_at_c is not None), None)
    return None if use is None else with_stock(plan, use.stock, keep_at_c=None)


@spoils("order")
def drawn_before_it_is_cold(plan):
    ids = {o.id for o in plan.operations if o.step == "cool"}
    return changed(plan, lags=tuple(g for g in plan.lags if g.before not in ids)) if ids else None
