"""What a decision says: dispositions, effects with intervals, confidence, and why a person is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple


class Disposition(StrEnum):
    """Who decides: the model, a person, or the rules because there is no model."""

    AUTO = "auto"
    REVIEW = "review"
    FALLBACK = "fallback"


class ReviewReason(StrEnum):
    """Why a person is asked."""

    LOW_CONFIDENCE = "low_confidence"
    UNINFORMATIVE_CONFIDENCE = "uninformative_confidence"
    OUT_OF_DISTRIBUTION = "out_of_distribution"
    STALE_STATE = "stale_state"
    HANGS_ON_OLD_REPORT = "hangs_on_old_report"
    BUSIER_THAN_LOGGED = "busier_than_logged"
    ASSUMED_STATE = "assumed_state"
    NO_OVERLAP = "no_overlap"
    NOT_FINITE = "not_finite"
    NO_MODEL = "no_model"
    OUT_OF_STOCK = "out_of_stock"
    NO_FEASIBLE_CANDIDATE = "no_feasible_candidate"
    NODE_UNHEALTHY = "node_unhealthy"
    AVOIDED_CHOICE = "avoided_choice"
    MISNAMED_RULE = "misnamed_rule"
    PERSON_REQUESTED = "person_requested"
    FOUR_EYES = "four_eyes"
    LATENESS_UNTOLD = "lateness_untold"


class RejectionReason(StrEnum):
    """Why a candidate cannot be chosen."""

    HAZMAT_NOT_ALLOWED = "hazmat_not_allowed"
    COLD_CHAIN_MISSING = "cold_chain_missing"
    NO_STOCK = "no_stock"
    CUT_OFF_PASSED = "cut_off_passed"
    DOCUMENTS_MISSING = "documents_missing"
    REGIONAL_LAW = "regional_law"
    CUSTOMER_REFUSED = "customer_refused"
    OPERATOR_POLICY = "operator_policy"
    ARM_NOT_ALLOWED = "arm_not_allowed"
    OVER_BUDGET = "over_budget"
    GIVES_NOTHING = "gives_nothing"


class Interval(NamedTuple):
    """An estimate with its lower and upper 90% bound.

    A tuple, because an answer holds more than a hundred and frozen dataclasses take ten times as long to make.
    """

    point: float
    lower: float
    upper: float


# What `Interval._make` makes, without a step through Python for each.
interval_of: Callable[[Iterable[float]], Interval] = partial(tuple.__new__, Interval)


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model is of its first choice.

    Parameters
    ----------
    p_best : float
        Probability that no other candidate has a lower objective.
    p_near_best : float
        Probability that its objective is within epsilon of the best.
    p_better_than_current : float
        Probability that it is better than the current choice.
    threshold : float
        Below this `p_near_best` a person decides.
    threshold_of : str
        The segment that the threshold was set for, such as "region=west"; "overall" where none has its own.
    """

    p_best: float
    p_near_best: float
    p_better_than_current: float
    threshold: float
    threshold_of: str = "overall"


class RankedCandidate(NamedTuple):
    """A feasible candidate with its effects against the current choice, best objective first in a ranking.

    A tuple as intervals are: an answer holds one for every candidate.

    Parameters
    ----------
    effects_vs_current : mapping of str to Interval
        One entry for each of `data.objective.ROUTING_OUTCOMES` of which the model knows anything: loss and damage
        only where its log told them. Without a model only what tables tell, `cost_minor` and `carbon_kg`, and the
        objective is of these alone.
    objective : Interval
        Loss against the current choice in minor currency units; negative is better.
    propensity : float
        Probability with which this decision would pick it: what the decision log must record.
    in_support : bool
        Whether the training log holds comparable candidates.
    """

    candidate_id: str
    effects_vs_current: Mapping[str, Interval]
    objective: Interval
    propensity: float
    in_support: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate or arm that cannot be chosen, and why."""

    action_id: str
    reason: RejectionReason


@dataclass(frozen=True, slots=True)
class Driver:
    """One physical difference between the first choice and the current one, and what it is worth.

    Parameters
    ----------
    objective_minor : float
        Its share of the objective's difference, in minor currency units; negative helps.
    """

    feature: str
    recommended: float
    current: float
    objective_minor: float


@dataclass(frozen=True, slots=True)
class RoutingRecommendation:
    """The whole answer to a routing question; `ranking` is empty where nothing is feasible."""

    disposition: Disposition
    recommended: str | None
    current_choice: str | None
    ranking: tuple[RankedCandidate, ...]
    confidence: Confidence | None
    review_reasons: tuple[ReviewReason, ...]
    rejected: tuple[Rejected, ...]
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class RankedArm:
    """A compensation arm with its effects against doing nothing.

    Parameters
    ----------
    effects_vs_none : dict of str to Interval
        `repurchase_probability`, `churn_probability` and `cost_minor`.
    objective : Interval
        Loss against doing nothing in minor currency units; negative is better.
    """

    arm: str
    effects_vs_none: dict[str, Interval]
    objective: Interval
    propensity: float


@dataclass(frozen=True, slots=True)
class RankedCombination:
    """Two arms offered together, with their summed effects against doing nothing and a wider interval.

    No log has shown the pair: it is put before a person, never decided.
    """

    arms: tuple[str, str]
    effects_vs_none: dict[str, Interval]
    objective: Interval


@dataclass(frozen=True, slots=True)
class RejectedCombination:
    """Two arms that may each be offered alone and may not go together, and why."""

    arms: tuple[str, str]
    reason: RejectionReason


@dataclass(frozen=True, slots=True)
class CompensationRecommendation:
    """The whole answer to a compensation question.

    Parameters
    ----------
    combinations : tuple of RankedCombination
        Pairs that policy allows and budget holds, for a person to consider; best objective first.
    rejected_combinations : tuple of RejectedCombination
        Pairs that were asked for and cost too much together.
    """

    disposition: Disposition
    recommended: str
    ranking: tuple[RankedArm, ...]
    confidence: Confidence | None
    review_reasons: tuple[ReviewReason, ...]
    rejected: tuple[Rejected, ...]
    drivers: tuple[Driver, ...]
    combinations: tuple[RankedCombination, ...] = ()
    rejected_combinations: tuple[RejectedCombination, ...] = ()
