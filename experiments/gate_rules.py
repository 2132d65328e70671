"""The rules of the gate: which checks a training's findings are put to, and the bounds they are held to."""

from __future__ import annotations

from dataclasses import dataclass

from decision.sensitivity.hidden_confounding import LEVEL
from experiments.gate import Check, Verdict, at_least, at_most, below_zero, within
from experiments.study import Study


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bounds of the gate; a change to them is a change of policy, not of a training.

    Parameters
    ----------
    coverage : tuple of float
        Where the true coverage of 90% intervals must lie.
    calibration_error : float
        The most that the confidence `p_near_best` may be off, on average.
    automatic_accuracy : float
        The least share of automatic choices that truly are near the best.
    least_automatic : int
        Fewer automatic choices than this say too little of their accuracy.
    effective_sample_size : float
        The least number of logged decisions' worth of evidence for an off-policy value.
    unsupported_share : float
        The most that may rest on choices which the log could not have made.
    slope_distance : float
        How far EconML's interval of the slope on predicted contrasts may stay away from 1.
    gain_bias_share : float
        How far its interval of the bias of the predicted gain may stay away from 0, as a share of that gain.
    hidden_confounding_p_value : float
        Below this the log's choices were moved by something that it does not hold.
    """

    coverage: tuple[float, float] = (0.75, 0.99)
    calibration_error: float = 0.1
    automatic_accuracy: float = 0.8
    least_automatic: int = 100
    effective_sample_size: float = 30.0
    unsupported_share: float = 0.01
    slope_distance: float = 0.1
    gain_bias_share: float = 0.15
    hidden_confounding_p_value: float = LEVEL


THRESHOLDS = Thresholds()
OF_POWER = frozenset({"placebo_spread", "simulated_confounder"})


def judge(studies: dict[str, Study], thresholds: Thresholds = THRESHOLDS) -> Verdict:
    """Put the findings about each decision's model to the gate.

    With the truth at hand it says whether the model is better than the rules, and the log must not say
    otherwise; without it the log alone must say so.
    """
    checks = [check for name, study in studies.items() for check in _checks(name, study, thresholds)]
    return Verdict(tuple(checks))


def _checks(name: str, study: Study, bounds: Thresholds) -> list[Check]:
    logged, check = study.logged, study.check
    alone = check is None
    # How far an effect stands out of chance is a matter of power; the truth, where it is known, says it better.
    attacks = [item for item in study.refutation.checks if alone or item.name not in OF_POWER]
    return [
        *(at_most(f"{name}.refuted_{item.name}", item.relative_change, item.limit) for item in attacks),
        at_least(
            f"{name}.choices_drawn_as_logged",
            study.doubts.hidden_confounding.p_value if study.doubts else None,
            bounds.hidden_confounding_p_value,
        ),
        at_least(f"{name}.effective_sample_size", logged.effective_sample_size, bounds.effective_sample_size),
        at_most(f"{name}.unsupported_share", logged.unsupported_share, bounds.unsupported_share),
        below_zero(f"{name}.logged_gain_upper", logged.difference.upper if alone else None),
        at_most(f"{name}.logged_gain_lower", None if alone else logged.difference.lower, 0.0),
        *_audit_checks(name, study, bounds),
        *_truth_checks(name, study, bounds),
    ]


def _audit_checks(name: str, study: Study, bounds: Thresholds) -> list[Check]:
    audit = study.audit
    if audit is None:
        return []
    return [
        at_most(f"{name}.audited_slope_distance", audit.slope.distance_to(1.0), bounds.slope_distance),
        at_most(f"{name}.audited_gain_bias_share", audit.gain_bias_share, bounds.gain_bias_share),
    ]


def _truth_checks(name: str, study: Study, bounds: Thresholds) -> list[Check]:
    gain = study.check
    check = study.true.of_confidence if study.true else None
    many = check is not None and check.automatic_share * check.n_decisions >= bounds.least_automatic
    return [
        below_zero(f"{name}.true_gain_upper", gain.difference.upper if gain else None),
        within(f"{name}.coverage", check.coverage if check else None, bounds.coverage),
        at_most(f"{name}.calibration_error", check.ece_near_best if check else None, bounds.calibration_error),
        at_least(
            f"{name}.automatic_accuracy",
            check.automatic_accuracy if check and many else None,
            bounds.automatic_accuracy,
        ),
    ]
