"""Remedies: what to do about a check that the gate refuses."""

from __future__ import annotations

from experiments.gate import Check

_MORE = "log more orders, or explore more, and train anew"
_CALIBRATE = (
    "hold out more: a longer log; for routing also more redrawn futures (`routecause simulate --truth --redrawn`), "
    "of other runs too (`routecause train --calibrate-on`)"
)
REMEDIES = {
    "true_gain_upper": _MORE,
    "logged_gain_upper": _MORE,
    "logged_gain_lower": "see that the truth is this log's, and its propensities those it was drawn with",
    "coverage": _CALIBRATE,
    "calibration_error": _CALIBRATE,
    "automatic_accuracy": _CALIBRATE,
    "effective_sample_size": "explore more, or log longer: too few choices were those that the model would make",
    "unsupported_share": "let the behaviour policy give every feasible candidate a chance",
    "choices_drawn_as_logged": "find who changed choices after they were drawn, and log what moved them",
    "audited_slope_distance": "look for orders that are treated by their promise, or a cause that the log lacks",
    "audited_gain_bias_share": "look for orders that are treated by their promise, or a cause that the log lacks",
    "worse_than_champion": "keep the champion, or train on more and later orders",
}
_REFUTED = "look for a cause that the log lacks, and for outcomes that are not the decision's own"


def remedy(check: Check) -> str:
    """What to do about it, for people.

    Examples
    --------
    >>> from experiments.gate import at_least
    >>> remedy(at_least("routing.unsupported_share", 0.2, 0.5))
    'let the behaviour policy give every feasible candidate a chance'
    """
    return REMEDIES.get(check.name.rpartition(".")[2], _REFUTED)
