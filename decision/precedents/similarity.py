"""Similar cases: the nearest resolved incidents of a casebook, with what makes each of them differ.

The distance is Gower's: every part gives a difference from 0 to 1, parts that are unknown on either side are
left out, and the rest is a weighted mean. Only incidents of the same kind are compared.

References
----------
Gower (1971), "A general coefficient of similarity and some of its properties", Biometrics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incidents import Incident
from data.orders import Customer
from decision.precedents.casebook import GOODS, NAMES, NUMBERS, OUTCOMES, TIERS, Casebook

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Fact = str | float | tuple[bool | None, ...] | None
Asked = dict[str, Fact]

# How much each part counts; lateness most, because it is what an incident is about.
WEIGHTS: dict[str, float] = {
    "hours_late": 2.0,
    "order_value_minor": 1.0,
    "lateness_tolerance": 1.0,
    "n_past_orders": 0.5,
    "n_past_incidents": 0.5,
    "value_tier": 1.5,
    "node_id": 1.0,
    "carrier_id": 1.0,
    "goods": 1.0,
}
# Numbers whose ratios matter rather than their differences, and how many doublings count as wholly different.
_DOUBLINGS = {"hours_late": 5.0, "order_value_minor": 5.0, "n_past_orders": 4.0, "n_past_incidents": 3.0}
_OFFSET = {"hours_late": 6.0, "order_value_minor": 100.0, "n_past_orders": 1.0, "n_past_incidents": 1.0}
N_SHOWN = 5
N_SUMMED = 50


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of an incident's order: where it went, and what was in it."""

    node_id: str | None = None
    carrier_id: str | None = None
    hazmat: bool | None = None
    cold_chain: bool | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How one part of a case differs from the incident at hand.

    Parameters
    ----------
    share : float
        Its share of the distance; the shares of a case add up to its distance.
    """

    part: str
    case: str | float | None
    incident: str | float | None
    share: float


@dataclass(frozen=True, slots=True)
class SimilarCase:
    """A resolved incident: how near it is, what was done, and how it ended within 90 days.

    Parameters
    ----------
    distance : float
        0 is alike in all that is known, 1 is different in everything.
    differences : tuple of Difference
        Those parts that differ at all, the weightiest first.
    """

    incident_type: str
    arm: str
    distance: float
    differences: tuple[Difference, ...]
    repurchased: bool
    churned: bool
    cost_minor: int


@dataclass(frozen=True, slots=True)
class ArmRecord:
    """What became of the nearest cases that got one arm: shares seen, not effects."""

    arm: str
    n_cases: int
    repurchase_share: float
    churn_share: float
    mean_cost_minor: float


@dataclass(frozen=True, slots=True)
class Precedents:
    """Evidence from the past about one incident.

    Parameters
    ----------
    n_compared : int
        Cases of the same kind in the book.
    n_summed : int
        The nearest of them, which `by_arm` speaks of.
    """

    n_compared: int
    n_summed: int
    cases: tuple[SimilarCase, ...]
    by_arm: tuple[ArmRecord, ...]


NO_PRECEDENTS = Precedents(0, 0, (), ())


def find_precedents(book: Casebook, incident: Incident, circumstances: Circumstances) -> Precedents:
    """The nearest cases of the same kind, and what became of them by arm; on a tie the newer is nearer."""
    kind = book.code("incident_type", incident.incident_type.value)
    same = np.flatnonzero(book.codes[:, NAMES.index("incident_type")] == kind) if kind >= 0 else np.array([], dtype=int)
    if not same.size:
        return NO_PRECEDENTS
    asked = _asked(book, incident, circumstances)
    shares = _shares(book, same, asked)
    distance = sum(shares.values(), np.zeros(len(same)))
    order = np.lexsort((-same, np.round(distance, 12)))
    nearest = order[:N_SUMMED]
    return Precedents(
        n_compared=len(same),
        n_summed=len(nearest),
        cases=tuple(_case(book, int(same[place]), place, shares, asked) for place in order[:N_SHOWN]),
        by_arm=_by_arm(book, same[nearest]),
    )


def _asked(book: Casebook, incident: Incident, circumstances: Circumstances) -> Asked:
    """The incident's parts; None where nobody knows, or where the book knows no such word."""
    numbers = {"hours_late": incident.hours_late, "order_value_minor": float(incident.order_value_minor)}
    tags = {name: _number_tag(incident.customer, name) for name in NUMBERS if name not in numbers}
    known_tier = incident.customer.tags.get("value_tier") in TIERS
    return {
        **numbers,
        **tags,
        "value_tier": incident.customer.value_tier.value if known_tier else None,
        "node_id": circumstances.node_id,
        "carrier_id": circumstances.carrier_id,
        "goods": (circumstances.hazmat, circumstances.cold_chain),
    }


def _number_tag(customer: Customer, name: str) -> float | None:
    value = customer.tags.get(name)
    return None if value is None or isinstance(value, str | bool) else float(value)


def _shares(book: Casebook, cases: Integers, asked: Asked) -> dict[str, Floats]:
    """Each part's share of the distance of each case; they add up to it."""
    parts = {name: _part(book, cases, name, value) for name, value in asked.items()}
    known = {name: np.isfinite(values) for name, values in parts.items()}
    total = sum((WEIGHTS[name] * known[name] for name in parts), np.zeros(len(cases)))
    return {
        name: np.where(known[name], WEIGHTS[name] * np.nan_to_num(values), 0.0) / np.maximum(total, 1e-12)
        for name, values in parts.items()
    }


def _part(book: Casebook, cases: Integers, name: str, value: Fact) -> Floats:
    """The difference of one part, 0 to 1, shape (n_cases,); NaN where it is unknown."""
    if isinstance(value, tuple):
        told = [np.abs(book.goods[cases, place] - flag) for place, flag in enumerate(value) if flag is not None]
        return np.mean(told, axis=0) if told else np.full(len(cases), np.nan)
    if value is None:
        return np.full(len(cases), np.nan)
    if isinstance(value, float):
        return _number_part(name, book.numbers[cases, NUMBERS.index(name)], value)
    codes = book.codes[cases, NAMES.index(name)]
    if name == "value_tier":
        steps: Floats = np.abs(codes - TIERS.index(value)) / (len(TIERS) - 1)
        return steps
    different = (codes != book.code(name, value)).astype(np.float64)
    return np.where(codes >= 0, different, np.nan)


def _number_part(name: str, known: Floats, value: float) -> Floats:
    if name not in _DOUBLINGS:
        return np.minimum(np.abs(known - value), 1.0)
    doublings = np.abs(np.log2((known + _OFFSET[name]) / (value + _OFFSET[name])))
    result: Floats = np.minimum(doublings / _DOUBLINGS[name], 1.0)
    return result


def _case(
    book: Casebook,
    case: int,
    place: int,
    shares: dict[str, Floats],
    asked: Asked,
) -> SimilarCase:
    own = {name: float(values[place]) for name, values in shares.items()}
    outcomes = dict(zip(OUTCOMES, book.outcomes[case].tolist(), strict=True))
    differences = [
        Difference(name, _told(book, case, name), _plain(asked[name]), share)
        for name, share in own.items()
        if share > 0
    ]
    return SimilarCase(
        incident_type=book.word("incident_type", case) or "",
        arm=book.word("arm", case) or "",
        distance=sum(own.values()),
        differences=tuple(sorted(differences, key=lambda item: (-item.share, item.part))),
        repurchased=bool(outcomes["repurchase_90d"]),
        churned=bool(outcomes["churn_90d"]),
        cost_minor=round(outcomes["cost_minor"]),
    )


def _told(book: Casebook, case: int, name: str) -> str | float | None:
    if name == "goods":
        return _goods(tuple(bool(flag) for flag in book.goods[case]))
    if name in NUMBERS:
        return float(book.numbers[case, NUMBERS.index(name)])
    return book.word(name, case)


def _plain(value: Fact) -> str | float | None:
    return _goods(value) if isinstance(value, tuple) else value


def _goods(flags: tuple[bool | None, ...]) -> str:
    return "+".join(name for name, flag in zip(GOODS, flags, strict=True) if flag) or "ordinary"


def _by_arm(book: Casebook, cases: Integers) -> tuple[ArmRecord, ...]:
    arms = book.codes[cases, NAMES.index("arm")]
    records = []
    for code in np.unique(arms[arms >= 0]):
        repurchase, churn, cost = book.outcomes[cases[arms == code]].mean(axis=0).tolist()
        records.append(ArmRecord(book.words["arm"][code], int((arms == code).sum()), repurchase, churn, cost))
    return tuple(sorted(records, key=lambda record: (-record.n_cases, record.arm)))
