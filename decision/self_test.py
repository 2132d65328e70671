"""The self-test of an artefact: fixed inputs, and what its models made of them when they were saved.

Hashes prove that the bytes arrived; this proves that this machine and this version still compute the
same effects, errors and chances from them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from decision.compensation.features import FEATURE_NAMES
from decision.compensation.model import CompensationModel
from decision.confidence import standard_normals
from decision.routing.model import RoutingModel

Floats = NDArray[np.float64]

SEED = 20_260_103
N_SPECIMENS = 8
# Ranges from which specimens are drawn: what a plausible order and candidate look like.
TYPICAL: dict[str, tuple[float, float]] = {
    "hour_of_day": (0, 24),
    "day_of_week": (0, 6),
    "promise_hours": (12, 120),
    "n_units": (1, 6),
    "max_line_quantity": (1, 4),
    "order_value_minor": (1_000, 20_000),
    "available_quantity": (0, 40),
    "safety_stock": (0, 6),
    "capacity_utilization": (0.2, 1.6),
    "backlog_orders": (0, 300),
    "hours_to_cut_off": (0, 24),
    "lead_time_hours": (10, 90),
    "distance_km": (10, 1_500),
    "freight_minor": (300, 2_000),
    "handling_minor": (50, 200),
    "carbon_kg": (0.1, 6),
    "observation_age_hours": (0, 6),
    "carrier_utilization": (0, 1.4),
    "weather_severity": (0, 1),
    "weather_now": (0, 1),
}


def specimens() -> dict[str, Floats]:
    """Fixed inputs: two orders of four candidates each, and incidents' features."""
    generator = np.random.Generator(np.random.Philox(SEED))
    sizes = {**dict.fromkeys(ORDER_COLUMNS, 2), **dict.fromkeys(CANDIDATE_COLUMNS, N_SPECIMENS)}
    drawn = {name: generator.uniform(*TYPICAL[name], size) for name, size in sizes.items()}
    drawn["incident_features"] = standard_normals(N_SPECIMENS, len(FEATURE_NAMES), SEED)
    return drawn


def outputs(routing: RoutingModel, compensation: CompensationModel, inputs: dict[str, Floats]) -> dict[str, Floats]:
    """What both models make of the inputs: points, errors and joint draws."""
    sets = ChoiceSets(
        order={name: inputs[name] for name in ORDER_COLUMNS},
        candidate={name: inputs[name] for name in CANDIDATE_COLUMNS},
        offsets=np.array([0, N_SPECIMENS // 2, N_SPECIMENS]),
        **_named(routing),
    )
    features = routing.features(sets)
    effects = routing.assess(features, sets, sets.offsets[:-1])
    first, rows = _first_order(sets)
    draws = routing.assess(features[:rows], first, first.offsets[:-1]).loss_deviations(np.ones(effects.point.shape[1]))
    arm_effects = compensation.effects(inputs["incident_features"])
    prices = np.ones(arm_effects.point.shape[1:])
    return {
        "routing_point": effects.point,
        "routing_error": effects.standard_error,
        "routing_draws": draws,
        "routing_familiar": np.column_stack(routing.familiar(features, sets)).astype(np.float64),
        "compensation_point": arm_effects.point,
        "compensation_error": arm_effects.standard_error,
        "compensation_familiar": compensation.typical.familiar(inputs["incident_features"]).astype(np.float64),
        "compensation_draws": compensation.draws(compensation.loss_root(inputs["incident_features"][0], prices)),
    }


def _first_order(sets: ChoiceSets) -> tuple[ChoiceSets, int]:
    """The first order alone, and how many rows it has: draws are joint over the candidates of one order."""
    rows = int(sets.offsets[1])
    order = {name: values[:1] for name, values in sets.order.items()}
    candidate = {name: values[:rows] for name, values in sets.candidate.items()}
    names = {name: getattr(sets, name)[:rows] for name in ("node_id", "carrier_id", "service_level")}
    return ChoiceSets(order, candidate, sets.offsets[:2], **names), rows


def _named(routing: RoutingModel) -> dict[str, list[str]]:
    """Nodes, carriers and services of the specimens: those that the model knows in turn, then one that it does not."""
    carriers, services = (
        ((), ()) if routing.damage is None else (routing.damage.carriers, routing.damage.service_levels)
    )
    known = {
        "node_id": ("one", "other"),
        "carrier_id": tuple(sorted({*carriers, *routing.imputation.collection_hours})),
        "service_level": services,
    }
    return {
        name: [(*words, "unheard of")[place % (len(words) + 1)] for place in range(N_SPECIMENS)]
        for name, words in known.items()
    }
