"""The order of two lines, where they lie and who could send them, and models whose law is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from data.candidates import Candidate
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from data.orders import Order
from decision.routing.features import CONTEXT_NAMES, FEATURE_NAMES, Imputation
from decision.routing.forest import LEAF, Forest
from decision.routing.journeys import Journeys
from decision.routing.linearity import Linearity
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingQuestion
from decision.routing.settings import ServingSettings
from decision.routing.stages import NODE_NAMES, ROAD_NAMES
from decision.routing.support import TrainingRange
from decision.shipments import SplitWishes
from decision.splits import PlanAnswer, plan_shipments

HOURS_LATE_A_DAY = 10.0


@pytest.fixture(scope="session")
def candidate(two_lines: Order) -> Callable[..., Candidate]:
    """A candidate by its name, three hours before its collection."""
    now = two_lines.ordered_at

    def made(name: str, lead_time_hours: float, freight_minor: int = 500) -> Candidate:
        node, carrier, service = name.split("|")
        soon = now + timedelta(hours=3)
        plain = Candidate(
            name, node, carrier, service, 9, 1, 0.5, 40, soon, 24.0, 100.0, 500, 1.0, now, handling_minor=50
        )
        return replace(plain, lead_time_hours=lead_time_hours, freight_minor=freight_minor)

    return made


@pytest.fixture(scope="session")
def split_question(two_lines: Order, candidate: Callable[..., Candidate]) -> RoutingQuestion:
    """One node could send all, slowly; one each line, sooner."""
    candidates = (
        candidate("all|road|standard", 72.0),
        candidate("left|road|standard", 24.0),
        candidate("right|road|standard", 36.0),
        candidate("right|sea|slow", 90.0, 100),
    )
    return RoutingQuestion(
        two_lines,
        candidates,
        candidates[0].candidate_id,
        DEFAULT_WEIGHTS,
        DEFAULT_UNIT_VALUES,
        two_lines.ordered_at,
    )


@pytest.fixture(scope="session")
def shelves() -> dict[str, dict[str, int]]:
    """What lies where."""
    return {"all": {"1": 5, "2": 5}, "left": {"1": 5}, "right": {"2": 5}}


@pytest.fixture(scope="session")
def settled(two_lines: Order, shelves: dict[str, dict[str, int]]) -> Callable[..., SplitWishes]:
    """Shelves counted so many hours ago."""

    def told(
        most_shipments: int, stock: dict[str, dict[str, int]] | None = None, hours_ago: float = 0.0
    ) -> SplitWishes:
        counted_at = two_lines.ordered_at - timedelta(hours=hours_ago)
        counts = {node: dict.fromkeys("12", counted_at) for node in ("all", "left", "right")}
        return SplitWishes(stock or shelves, most_shipments, counts)

    return told


def linear(variance: float = 1e-6, feature: str = "lead_time_days") -> RoutingModel:
    """Each day of lead time, or whole shortage, adds ten hours of lateness, and nothing else matters."""
    width = len(CONTEXT_NAMES) + len(FEATURE_NAMES)
    law = Linearity(
        feature_index=np.array([FEATURE_NAMES.index(feature)]),
        scale=np.ones(1),
        modifier_index=np.array([], dtype=np.int64),
        modifier_centre=np.array([]),
        modifier_scale=np.array([]),
        coefficients=np.array([[[HOURS_LATE_A_DAY]], [[0.0]], [[0.0]]]),
        covariance=np.diag([variance, 1e-12, 1e-12]),
    )
    everywhere = TrainingRange(
        np.zeros(width), np.full(width, 1e9), np.eye(width), 1e9, np.full(width, -1e9), np.full(width, 1e9)
    )
    settings = ServingSettings()
    return RoutingModel(
        law, Imputation(), everywhere, settings, np.ones(5), np.array([[1.0, 0.0]] * 3), calibrated=True
    )


def forest(n_features: int, *says: list[float]) -> Forest:
    """A bag for each of these leaves, all of whose rows hear the same."""
    places = np.arange(len(says), dtype=np.int32)
    node = np.column_stack((np.full_like(places, LEAF), places, np.zeros_like(places)))
    return Forest(places[:, None], node, np.zeros(len(says)), np.array(says), n_features)


def by_journeys(*slow_shares: float, stock_out: float = 0.25) -> RoutingModel:
    """Nobody waits at a node. Transit takes up to twice its quote, each share of it alike; bags differ in how many."""
    node = [[0.0, stock_out]] * len(slow_shares)
    return replace(
        linear(),
        journeys=Journeys(
            forest(len(NODE_NAMES), *node),
            forest(len(ROAD_NAMES), *([share, 0.0, 0.0] for share in slow_shares)),
            np.array([0.0, 12.0]),
            np.array([1.0, 2.0]),
            np.zeros(len(slow_shares)),
        ),
    )


@pytest.fixture(scope="session")
def model() -> Callable[..., RoutingModel]:
    """See `linear`."""
    return linear


@pytest.fixture(scope="session")
def journeys() -> Callable[..., RoutingModel]:
    """See `by_journeys`."""
    return by_journeys


@pytest.fixture(scope="session")
def waiting_if_short() -> Callable[[float, float, float], RoutingModel]:
    """Who is short waits 12 hours so often, nobody else does; reports leave it open whether an order is short."""

    def made(share: float, empty: float, full: float) -> RoutingModel:
        stock_left = NODE_NAMES.index("stock_left")
        trees = np.array(
            [[stock_left, 1, 2], [LEAF, 0, 0], [LEAF, 1, 0], [stock_left, 4, 5], [LEAF, 0, 0], [LEAF, 1, 0]]
        )
        leaf = np.array([[chance * share, chance] for chance in (empty, full)])
        told = by_journeys(0.5, 0.5)
        assert told.journeys is not None
        roots = np.array([[0], [3]], dtype=np.int32)
        shelves = Forest(roots, trees.astype(np.int32), np.array([-0.5, 0.0, 0.0] * 2), leaf, len(NODE_NAMES))
        return replace(told, journeys=replace(told.journeys, node=shelves))

    return made


@pytest.fixture(scope="session")
def planned(split_question: RoutingQuestion, shelves: dict[str, dict[str, int]]) -> Callable[..., PlanAnswer]:
    """The plans of the question, or of another, by the linear model."""

    def plans(
        most_shipments: int = 2, question: RoutingQuestion = split_question, variance: float = 1e-6
    ) -> PlanAnswer:
        return plan_shipments(linear(variance), question, SplitWishes(shelves, most_shipments))

    return plans
