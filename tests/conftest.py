"""A routing model that promises, planted: two waits and an even spread of transits, the same for every order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from decision.routing.features import CONTEXT_NAMES, Imputation
from decision.routing.forest import LEAF, Forest
from decision.routing.journeys import Journeys
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.parts import TIMED_OUTCOMES
from decision.routing.settings import ServingSettings
from decision.routing.stages import NODE_NAMES, PLACED, ROAD_NAMES
from decision.routing.support import TrainingRange

ANYTHING = 1e9
MISS_HOURS = 24.0


def known_everywhere(n_columns: int) -> TrainingRange:
    """A training range beyond which nothing lies: whatever is asked has been seen."""
    return TrainingRange(
        centre=np.zeros(n_columns),
        scale=np.full(n_columns, ANYTHING),
        precision=np.eye(n_columns),
        distance_limit=ANYTHING,
        lowest=np.full(n_columns, -ANYTHING),
        highest=np.full(n_columns, ANYTHING),
    )


def leaves(answers: Sequence[Sequence[float]], n_features: int) -> Forest:
    """A forest of one tree a bag, each a single leaf."""
    n_bags = len(answers)
    node = [[LEAF, place, LEAF] for place in range(n_bags)]
    return Forest(
        root=np.arange(n_bags, dtype=np.int32)[:, None],
        node=np.array(node, dtype=np.int32),
        threshold=np.zeros(n_bags),
        leaf=np.array(answers, dtype=np.float64),
        n_features=n_features,
    )


def promising_model(
    miss_chances: Sequence[float] = (0.1, 0.3), ratios: tuple[float, float] = (0.6, 1.6), logged_queue: float = 1e6
) -> RoutingModel:
    """Each bag says with which chance a collection is missed by a day; transit is even between two multiples."""
    journeys = Journeys(
        node=leaves([(chance, 0.0) for chance in miss_chances], len(NODE_NAMES)),
        road=leaves([(1.0, 0.0, 0.0) for _ in miss_chances], len(ROAD_NAMES)),
        wait_hours=np.array([0.0, MISS_HOURS]),
        ratios=np.array(ratios),
        slowdown=np.zeros(len(miss_chances)),
    )
    n_columns, n_outcomes = len(CONTEXT_NAMES) + len(PLACED), len(TIMED_OUTCOMES)
    nothing = np.array([], dtype=np.int64)
    law = Linearity(
        feature_index=np.array([0]),
        scale=np.ones(1),
        modifier_index=nothing,
        modifier_centre=np.array([]),
        modifier_scale=np.array([]),
        coefficients=np.zeros((n_outcomes, 1, 1)),
        covariance=np.eye(n_outcomes),
    )
    return RoutingModel(
        law,
        Imputation(),
        known_everywhere(n_columns),
        ServingSettings(),
        np.ones(5),
        np.array([[1.0, 0.0]] * 3),
        calibrated=True,
        journeys=journeys,
        logged_queue_hours=logged_queue,
    )


@pytest.fixture(scope="session")
def make_promising_model() -> Callable[..., RoutingModel]:
    return promising_model


@pytest.fixture(scope="session")
def everywhere() -> Callable[[int], TrainingRange]:
    return known_everywhere
