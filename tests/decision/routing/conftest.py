"""A small world whose effects are planted, logged by an exploring policy, and confounded on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from data.choice_sets import ChoiceSet, ChoiceSets
from data.decision_log.dataset import DecisionLog
from data.decision_log.schema import INCIDENTS
from data.network import Carrier, Lane, Network, Node, Region, ServiceLevel
from decision.exploration import ExploringPolicy
from decision.routing.features import FEATURE_NAMES, Imputation, physical_features
from decision.routing.fitting import RoutingFit, fit_routing
from decision.rules import RuleEngine

START = datetime(2026, 1, 5, tzinfo=UTC)
NODES = ("ada", "bel", "cyd", "dov")
SERVICES = {"air": 20.0, "road": 46.0}
# What each physical feature does to lateness hours, P(late) and P(stock-out); all others do nothing.
PLANTED = {
    "lateness": (20.0, 0.05, 0.0),
    "late_medium": (0.0, 0.5, 0.0),
    "miss_chance": (6.0, 0.2, 0.0),
    "shortage": (9.0, 0.0, 0.6),
    "scarcity": (0.0, 0.0, 0.3),
}
EFFECT_MATRIX = np.array([PLANTED.get(name, (0.0, 0.0, 0.0)) for name in FEATURE_NAMES])


@dataclass(frozen=True)
class PlantedWorld:
    """A log and what every candidate would have led to on average, shape (n_rows, 5), columns as LEARNED_OUTCOMES."""

    log: DecisionLog
    choice_sets: ChoiceSets
    expected: np.ndarray

    @property
    def default_rows(self) -> np.ndarray:
        return np.flatnonzero(self.log.candidates["is_default"])

    @property
    def chosen_rows(self) -> np.ndarray:
        return np.flatnonzero(self.log.candidates["is_chosen"])

    @property
    def true_effects(self) -> np.ndarray:
        """Effects against the default, shape (n_rows, 5)."""
        return np.asarray(self.expected - self.expected[self.default_rows][self.choice_sets.order_of_row])


def network() -> Network:
    """The network of the planted world."""
    lanes = tuple(
        Lane(node, "r", "c", service, 100.0, hours, 500, 50, 1.0, 0.1)
        for node in NODES
        for service, hours in SERVICES.items()
    )
    return Network(
        currency="EUR",
        regions=(Region("r", 50.0, 8.0),),
        nodes=tuple(Node(node, 50.0, 8.0, 100.0, 80) for node in NODES),
        carriers=(Carrier("c", (18.0,), 100),),
        service_levels=tuple(ServiceLevel(service, hours) for service, hours in SERVICES.items()),
        lanes=lanes,
    )


def order_choices(index: int, generator: np.random.Generator) -> ChoiceSet:
    """One order whose large baskets both find the near node short and run late wherever they go."""
    n_units = int(generator.integers(1, 9))
    node_of = [node for node in range(len(NODES)) for _ in SERVICES]
    service_of = list(SERVICES) * len(NODES)
    distance = np.sort(generator.uniform(50, 900, len(NODES)))
    available = generator.integers(0, 14, len(NODES))
    utilization = generator.uniform(0.3, 1.5, len(NODES))
    cut_off = generator.uniform(1, 22, len(NODES))
    weather = generator.uniform(0, 1, len(NODES))
    n_rows = len(node_of)
    reach = [float(distance[node]) for node in node_of]
    by_air = [service == "air" for service in service_of]
    return ChoiceSet(
        order_id=f"o{index:05d}",
        hour_of_day=float(index % 24),
        day_of_week=index // 24 % 7,
        promise_hours=float(generator.choice([24.0, 48.0, 72.0])),
        n_units=n_units,
        max_line_quantity=n_units,
        order_value_minor=2_000 * n_units,
        candidate_id=[f"{NODES[node]}|c|{service}" for node, service in zip(node_of, service_of, strict=True)],
        available_quantity=[int(available[node]) for node in node_of],
        safety_stock=[2] * n_rows,
        capacity_utilization=[float(utilization[node]) for node in node_of],
        backlog_orders=[int(60 * utilization[node]) for node in node_of],
        hours_to_cut_off=[round(float(cut_off[node]), 3) for node in node_of],
        lead_time_hours=[SERVICES[service] + km / 60 for service, km in zip(service_of, reach, strict=True)],
        distance_km=reach,
        freight_minor=[int(400 + km * (1.0 if air else 0.3)) for air, km in zip(by_air, reach, strict=True)],
        handling_minor=[80] * n_rows,
        carbon_kg=[km / (200 if air else 900) for air, km in zip(by_air, reach, strict=True)],
        observation_age_hours=[round(float(age), 3) for age in generator.uniform(0, 3, n_rows)],
        carrier_utilization=[float(share) for share in generator.uniform(0.2, 1.2, n_rows)],
        weather_severity=[float(weather[node]) for node in node_of],
        weather_now=[float(weather[node]) for node in node_of],
    )


def planted_world(n_orders: int, seed: int, exploration: float = 0.3) -> PlantedWorld:
    """Simulate and log `n_orders` orders."""
    generator = np.random.Generator(np.random.Philox(seed))
    policy = ExploringPolicy(RuleEngine(), exploration)
    orders, candidates = [], []
    for index in range(n_orders):
        choices = order_choices(index, generator)
        choice = policy.choose(choices, float(generator.uniform()))
        decided_at = START + timedelta(hours=index)
        orders.append(_order_row(choices, decided_at))
        for row in range(len(choices.candidate_id)):
            node, carrier, service = choices.candidate_id[row].split("|")
            candidates.append(
                {
                    "order_id": choices.order_id,
                    "candidate_id": choices.candidate_id[row],
                    "node_id": node,
                    "carrier_id": carrier,
                    "service_level": service,
                    "cut_off_at": decided_at + timedelta(hours=choices.hours_to_cut_off[row]),
                    "observed_at": decided_at - timedelta(hours=choices.observation_age_hours[row]),
                    **{name: getattr(choices, name)[row] for name in PLAIN_COLUMNS},
                    "propensity": choice.propensities[row],
                    "is_chosen": row == choice.index,
                    "is_default": row == choice.default_index,
                }
            )
    return _with_outcomes(pd.DataFrame(orders), pd.DataFrame(candidates), generator)


PLAIN_COLUMNS = (
    "available_quantity",
    "safety_stock",
    "capacity_utilization",
    "backlog_orders",
    "lead_time_hours",
    "distance_km",
    "freight_minor",
    "handling_minor",
    "carbon_kg",
    "carrier_utilization",
    "weather_severity",
    "weather_now",
)


def _order_row(choices: ChoiceSet, decided_at: datetime) -> dict[str, object]:
    return {
        "order_id": choices.order_id,
        "decided_at": decided_at,
        "promised_at": decided_at + timedelta(hours=choices.promise_hours),
        "region": "r",
        "requested_service_level": "road",
        "customer_id": "c1",
        "value_tier": "basic",
        "n_lines": 1,
        "n_units": choices.n_units,
        "max_line_quantity": choices.max_line_quantity,
        "order_value_minor": choices.order_value_minor,
        "hazmat": False,
        "cold_chain": False,
        "behaviour_policy": "explore",
    }


def _with_outcomes(orders: pd.DataFrame, candidates: pd.DataFrame, generator: np.random.Generator) -> PlantedWorld:
    instants = ("decided_at", "promised_at", "cut_off_at", "observed_at")
    for table in (orders, candidates):
        for name in set(instants) & set(table.columns):
            table[name] = table[name].astype("datetime64[us, UTC]")
    chosen = candidates["is_chosen"].to_numpy()
    blank = {"lateness_hours": 0.0, "late": False, "stock_out": False}
    outcomes = pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "shipped_at": orders["decided_at"],
            "delivered_at": orders["promised_at"],
            **blank,
            "cost_minor": (candidates["freight_minor"] + candidates["handling_minor"])[chosen].to_numpy(),
            "carbon_kg": candidates["carbon_kg"][chosen].to_numpy(),
        }
    )
    incidents = pd.DataFrame(columns=list(INCIDENTS.columns))
    tables = {"orders": orders, "candidates": candidates, "outcomes": outcomes, "incidents": incidents}
    choice_sets = ChoiceSets.of_log(DecisionLog.checked(tables, network()))
    expected = _expected(choice_sets)
    mean = expected[chosen]
    outcomes["lateness_hours"] = mean[:, 0] + generator.exponential(2.0, len(mean))
    outcomes["late"] = generator.uniform(size=len(mean)) < mean[:, 1]
    outcomes["stock_out"] = generator.uniform(size=len(mean)) < mean[:, 2]
    return PlantedWorld(DecisionLog.checked(tables, network()), choice_sets, expected)


def _expected(choice_sets: ChoiceSets) -> np.ndarray:
    features = physical_features(choice_sets, Imputation())
    # Large orders run late wherever they go, and the near node is short of stock for them.
    large = choice_sets.per_row("n_units") > 4
    base = np.column_stack((1 + 12 * large, 0.02 + 0.15 * large, np.full(len(large), 0.01)))
    # Nothing is lost here, and nobody is in anybody's way.
    return np.pad(base + features @ EFFECT_MATRIX, ((0, 0), (0, 2)))


@pytest.fixture(scope="session")
def make_world() -> Callable[..., PlantedWorld]:
    return planted_world


@pytest.fixture(scope="session")
def world() -> PlantedWorld:
    return planted_world(3_000, seed=7)


@pytest.fixture(scope="session")
def fit(world: PlantedWorld) -> RoutingFit:
    return fit_routing(world.log, seed=3)


@pytest.fixture(scope="session")
def make_choices() -> Callable[[int], list[ChoiceSet]]:
    def build(n_orders: int) -> list[ChoiceSet]:
        generator = np.random.Generator(np.random.Philox(21))
        return [order_choices(index, generator) for index in range(n_orders)]

    return build
