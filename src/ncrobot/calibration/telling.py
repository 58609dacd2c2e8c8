"""A calibration as lines of plain text for the terminal."""

from __future__ import annotations

from ncrobot.calibration.result import Calibration, Combination, Fitted, Knowledge
from ncrobot.calibration.terms import RATES

_LEAST_S = 0.001
_MANY_OUTLIERS = 0.05
_SAME_RATE = 0.02
_WORDS = {
    Knowledge.KNOWN: "",
    Knowledge.UNCERTAIN: "uncertain: the acts tell it poorly",
    Knowledge.NOT_TOLD_APART: "not told apart from others: see below",
    Knowledge.AT_BOUND: "no time seen: the acts are no longer for it",
    Knowledge.TOO_FEW: "too few acts",
    Knowledge.NOT_OBSERVED: "not observed",
}


def calibration_lines(calibration: Calibration) -> list[str]:
    """What a person reads about a calibration."""
    lines = []
    if calibration.simulated:
        lines.append(
            f"SIMULATED run {calibration.run}: this only shows the simulator's times again, "
            "not those of an arm."
        )
    fitted = _errors(calibration.median_error_s, calibration.p95_error_s)
    layout = _errors(calibration.layout_median_error_s, calibration.layout_p95_error_s)
    lines += [
        f"{calibration.observations} acts of run {calibration.run}",
        f"error of the fitted times: {fitted}",
        f"error of the times of layout {calibration.deck}: {layout}",
    ]
    lines.append(f"{'':19}{'fitted':>21}{'layout':>13}{'acts':>7}")
    lines += [_figure(each) for each in calibration.figures]
    if calibration.combinations:
        lines.append("These sums are known, their parts are not:")
        lines += [f"  {_combination(each)}" for each in calibration.combinations]
    if calibration.outliers:
        lines.append(
            f"Set aside: {calibration.outliers} act(s) far off the others, by up to "
            f"{milliseconds(calibration.largest_outlier_s)}"
        )
        if calibration.outliers > _MANY_OUTLIERS * calibration.observations:
            lines.append("These are many: the layout's times don't describe this arm well.")
    lines += [f"Left out: {count} act(s) that {why}" for why, count in calibration.left_out.items()]
    if moved := [each.name for each in calibration.figures if _is_other_rate(each)]:
        lines.append(
            f"Mind that {' and '.join(moved)} also tell the arm how fast to pipette: with the "
            "fitted figures in the layout, the next run does so at these."
        )
    return lines


def _figure(figure: Fitted) -> str:
    fitted = ""
    if figure.value is not None:
        fitted = f"{figure.value:.4g} {_margin(figure.margin)}{figure.unit}"
    layout = "" if figure.layout is None else f"{figure.layout:.4g} {figure.unit}"
    line = f"{figure.name:19}{fitted:>21}{layout:>13}{figure.acts:>7}  {_WORDS[figure.knowledge]}"
    return line.rstrip()


def _is_other_rate(figure: Fitted) -> bool:
    """Whether a fitted rate isn't the one that the arm was told."""
    if figure.name not in RATES or figure.value is None or figure.layout is None:
        return False
    return abs(figure.value / figure.layout - 1) > _SAME_RATE


def _combination(combination: Combination) -> str:
    layout = "" if combination.layout_s is None else f" (layout {combination.layout_s:.4g} s)"
    margin = _margin(combination.margin_s)
    return f"{combination.formula} = {combination.value_s:.4g} {margin}s{layout}"


def _errors(median_s: float, p95_s: float) -> str:
    return f"median {milliseconds(median_s)}, 95 % within {milliseconds(p95_s)}"


def _margin(width: float | None) -> str:
    if width is None:
        return ""
    return "" if width < _LEAST_S else f"± {width:.1g} "


def milliseconds(duration_s: float) -> str:
    """A duration to two digits, and no finer than a clock tells it."""
    return f"{duration_s:.2g} s" if duration_s >= _LEAST_S else "under 0.001 s"
