"""The parts of a routing model as they are stored, and what must hold of them before they are believed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from decision.errors import ArtefactError
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, SUBJECTS
from decision.routing.stages import PLACED, STAGE_NAMES

# What the stages of an order's way tell; damage is learned where a log tells it, delays to others in simulated worlds.
TIMED_OUTCOMES: tuple[str, ...] = ("lateness_hours", "late", "stock_out")
LEARNED_OUTCOMES: tuple[str, ...] = (*TIMED_OUTCOMES, "damaged", "delays_to_others")
CHANCES: tuple[str, ...] = ("best", "near_best", "better_than_current")
RANGE_ARRAYS: tuple[str, ...] = ("centre", "scale", "precision", "lowest", "highest")
# Which learner answers.
LAW, JOURNEYS = "law", "journeys"
# A model of other words would be read wrongly without a complaint from any shape.
VOCABULARY: dict[str, list[str]] = {
    "features": list(FEATURE_NAMES),
    "context": list(CONTEXT_NAMES),
    "subjects": list(SUBJECTS),
    "outcomes": list(LEARNED_OUTCOMES),
    "chances": list(CHANCES),
    "stages": list(STAGE_NAMES),
}


def require_routing_parts(arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
    """Check the words, shapes and numbers of a stored routing model.

    Raises
    ------
    ArtefactError
        Saying what is wrong with which part.
    """
    for name, words in VOCABULARY.items():
        if facts.get(name) != words:
            msg = f"routing model: its {name} are {facts.get(name)}, this version's are {words}; train anew"
            raise ArtefactError(msg)
    _require_learner(facts)
    expected = _shapes(
        _index(arrays, "law_feature_index", FEATURE_NAMES),
        _index(arrays, "law_modifier_index", CONTEXT_NAMES),
        len(CONTEXT_NAMES) + (len(PLACED) if facts["learner"] == JOURNEYS else len(FEATURE_NAMES)),
    )
    for name, shape in expected.items():
        found = arrays[name].shape if name in arrays else None
        if found != shape:
            msg = f"routing model: {name} has shape {found}, not {shape}; publish the artefact anew"
            raise ArtefactError(msg)
        if not np.isfinite(arrays[name]).all():
            msg = f"routing model: {name} holds numbers that are not finite; publish the artefact anew"
            raise ArtefactError(msg)


def _require_learner(facts: dict[str, Any]) -> None:
    if facts.get("learner") not in {LAW, JOURNEYS}:
        msg = f"routing model: its learner is {facts.get('learner')!r}, not {LAW!r} or {JOURNEYS!r}; train anew"
        raise ArtefactError(msg)
    for name in ("objective_spread", "unseen", "weather_widening", "logged_queue_hours"):
        value = facts.get(name)
        if not isinstance(value, float) or not 0 <= value < math.inf:
            msg = f"routing model: {name} is {value!r}, not a finite number from 0 up; publish the artefact anew"
            raise ArtefactError(msg)


def _index(arrays: dict[str, NDArray[Any]], name: str, words: tuple[str, ...]) -> int:
    index = arrays.get(name)
    if index is None or index.ndim != 1 or index.dtype.kind != "i" or not np.isin(index, np.arange(len(words))).all():
        msg = f"routing model: {name} is not a list of places among {len(words)} names; publish the artefact anew"
        raise ArtefactError(msg)
    return len(index)


def _shapes(n_features: int, n_modifiers: int, n_columns: int) -> dict[str, tuple[int, ...]]:
    n_outcomes = len(TIMED_OUTCOMES)
    n_parameters = n_outcomes * n_features * (1 + n_modifiers)
    return {
        "law_scale": (n_features,),
        "law_modifier_centre": (n_modifiers,),
        "law_modifier_scale": (n_modifiers,),
        "law_coefficients": (n_outcomes, n_features, 1 + n_modifiers),
        "law_covariance": (n_parameters, n_parameters),
        "spread": (len(LEARNED_OUTCOMES),),
        "platt": (len(CHANCES), 2),
        **{name: (n_columns,) for name in RANGE_ARRAYS if name != "precision"},
        "precision": (n_columns, n_columns),
    }
