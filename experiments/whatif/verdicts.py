"""Verdicts: what the intervals say, in a sentence that needs no statistics to be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from experiments.whatif.kpis import Kpi
from experiments.whatif.paired import Difference, runs_needed

LEAST_RUNS = 5
Code = Literal["better", "worse", "no_difference", "not_enough_runs"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of one contender against another.

    Parameters
    ----------
    sentence : str
        The same for people.
    """

    code: Code
    sentence: str


def verdict_on(kpi: Kpi, difference: Difference, margin: float, *, is_precise: bool = False) -> Code:
    """What an interval says of a key figure.

    Parameters
    ----------
    margin : float
        The smallest difference that matters.
    is_precise : bool
        Whether the half-width that was asked for is reached, so that what it does not show is not worth more runs.
    """
    if difference.is_nothing:
        return "no_difference"
    if difference.n_pairs < LEAST_RUNS:
        return "not_enough_runs"
    if difference.lower > 0 or difference.upper < 0:
        return "better" if kpi.gain(difference.point) > 0 else "worse"
    return "no_difference" if is_precise or difference.largest <= margin else "not_enough_runs"


def verdict(
    names: tuple[str, str], kpi: Kpi, difference: Difference, margin: float, *, is_precise: bool = False
) -> Verdict:
    """Say it in words.

    Parameters
    ----------
    names : tuple of str
        Who is judged, and against whom.

    Examples
    --------
    >>> from experiments.whatif.kpis import OBJECTIVE
    >>> verdict(("causal", "rules"), OBJECTIVE, Difference(-34.0, -48.0, -20.0, 20, 9.0), 5.0).sentence
    'causal is better than rules by 34.0 [20.0, 48.0] minor units an order'
    """
    code, (target, reference) = verdict_on(kpi, difference, margin, is_precise=is_precise), names
    if difference.is_nothing:
        sentence = f"no difference at all between {target} and {reference}: equal in all {difference.n_pairs} runs"
    elif code == "no_difference":
        most = amount(kpi, difference.largest)
        sentence = f"no difference larger than {most} {kpi.unit} between {target} and {reference}"
    elif code == "not_enough_runs":
        sentence = f"not enough runs yet to tell {target} from {reference}: {_so_far(kpi, difference, margin)}"
    else:
        low, high = sorted((abs(difference.lower), abs(difference.upper)))
        by = f"{amount(kpi, abs(difference.point))} [{amount(kpi, low)}, {amount(kpi, high)}] {kpi.unit}"
        sentence = f"{target} is {code} than {reference} by {by}"
    return Verdict(code, sentence)


def amount(kpi: Kpi, value: float, *, signed: bool = False) -> str:
    """A stored number as people read it.

    Examples
    --------
    >>> from experiments.whatif.kpis import KPIS
    >>> amount(KPIS[2], 0.0512, signed=True)
    '+5.1'
    """
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "∞" if value > 0 else "-∞"
    shown = f"{value * kpi.scale:{'+' if signed else ''},.{kpi.decimals}f}"
    # A rounded nothing has no sign.
    return shown.lstrip("+-") if not any(digit in shown for digit in "123456789") else shown


def _so_far(kpi: Kpi, difference: Difference, margin: float) -> str:
    if difference.n_pairs < LEAST_RUNS:
        return f"{difference.n_pairs} runs say nothing; play at least {LEAST_RUNS}"
    low, high = amount(kpi, difference.lower, signed=True), amount(kpi, difference.upper, signed=True)
    seen = f"{amount(kpi, difference.point, signed=True)} [{low}, {high}] {kpi.unit} after {difference.n_pairs} runs"
    telling = max(margin, abs(difference.point))
    if telling <= 0:
        return seen
    needed = max(runs_needed(difference, telling), difference.n_pairs + 1)
    return f"{seen}; if that is how it is, about {needed:,} runs would tell"
