"""When to stop: a number of replications, a half-width to reach, or a best contender to find."""

from __future__ import annotations

import math
from dataclasses import dataclass

from experiments.whatif.errors import StudyPlanError
from experiments.whatif.kpis import KPIS, Kpi
from experiments.whatif.selection import LEAST_FIRST_STAGE
from experiments.whatif.weights import near

DEFAULT_FIXED = 20
DEFAULT_MOST = 200
LEAST_FIXED = 2
MOST_REPLICATIONS = 100_000


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of a key figure, in the unit of its column or as a share of the reference's mean."""

    value: float
    relative: bool = False

    def absolute(self, reference_mean: float) -> float:
        """The amount in the unit of the column."""
        return self.value * abs(reference_mean) if self.relative else self.value

    def __str__(self) -> str:
        return f"{100 * self.value:g}%" if self.relative else f"{self.value:g}"


DEFAULT_INDIFFERENCE = Amount(0.01, relative=True)


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """How many replications to play.

    Parameters
    ----------
    n_first, n_most : int
        Played in any case, and at most; equal where neither a half-width nor a best is asked for.
    half_widths : tuple of (Kpi, Amount)
        Of the joint intervals, to be reached in every comparison.
    indifference : Amount
        The smallest difference of the objective that matters.
    seeks_best : bool
        Whether to go on until a best contender is selected.
    confidence : float
        Of all intervals at once, and of the selection.
    """

    n_first: int
    n_most: int
    half_widths: tuple[tuple[Kpi, Amount], ...] = ()
    indifference: Amount = DEFAULT_INDIFFERENCE
    seeks_best: bool = False
    confidence: float = 0.95

    @property
    def is_sequential(self) -> bool:
        """Whether what was found so far decides if more is played."""
        return bool(self.half_widths) or self.seeks_best


def stopping_rule(
    replications: int | None, most: int | None, until: str | None, indifference: str | None, confidence: float
) -> StoppingRule:
    """Read a stopping rule from the command line.

    Raises
    ------
    StudyPlanError
        If a number cannot be used.
    """
    half_widths = half_widths_of(until) if until is not None else ()
    margin = _amount("indifference", indifference) if indifference is not None else None
    sequential = bool(half_widths) or margin is not None
    n_first = replications if replications is not None else LEAST_FIRST_STAGE if sequential else DEFAULT_FIXED
    if most is not None and not sequential:
        msg = "--max-replications bounds a sequential study; add --until or --indifference, or use --replications"
        raise StudyPlanError(msg)
    n_most = (most if most is not None else max(DEFAULT_MOST, n_first)) if sequential else n_first
    least = LEAST_FIRST_STAGE if sequential else LEAST_FIXED
    if not least <= n_first <= n_most <= MOST_REPLICATIONS:
        msg = (
            f"{n_first:,} replications, at most {n_most:,}: give from {least} to {MOST_REPLICATIONS:,}, and no more "
            f"to begin with than at most{' (what stops by itself needs 10 to judge chance by)' if sequential else ''}"
        )
        raise StudyPlanError(msg)
    if not 0.5 <= confidence < 1:  # noqa: PLR2004 - below even odds nothing is confidence
        msg = f"confidence is {confidence:g}; give a probability from 0.5 to below 1, such as 0.95"
        raise StudyPlanError(msg)
    return StoppingRule(n_first, n_most, half_widths, margin or DEFAULT_INDIFFERENCE, margin is not None, confidence)


def half_widths_of(text: str) -> tuple[tuple[Kpi, Amount], ...]:
    """Read half-widths such as `objective=5,on_time=1%`.

    Raises
    ------
    StudyPlanError
        If a key figure is unknown or comes twice, or an amount is not a positive number.

    Examples
    --------
    >>> [(kpi.name, str(amount)) for kpi, amount in half_widths_of("objective=5,cost=2%")]
    [('objective', '5'), ('cost', '2%')]
    """
    by_name, found = {kpi.name: kpi for kpi in KPIS}, dict[str, Amount]()
    for part in text.split(","):
        name, _, amount = (piece.strip() for piece in part.partition("="))
        if name not in by_name:
            msg = f"--until {text!r}: no key figure is called {name!r}{near(name, by_name)}; they are {list(by_name)}"
            raise StudyPlanError(msg)
        if name in found:
            msg = f"--until {text!r}: {name} comes twice; give it one half-width"
            raise StudyPlanError(msg)
        found[name] = _amount(f"half-width of {name}", amount)
    return tuple((by_name[name], amount) for name, amount in found.items())


def _amount(what: str, text: str) -> Amount:
    number, relative = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        msg = f"the {what} is {text!r}; give a positive number, or a share of the mean such as 2%"
        raise StudyPlanError(msg)
    return Amount(value / 100, relative=True) if relative else Amount(value)
