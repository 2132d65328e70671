"""Runs of the shipped scenarios, each played once, and what their orders met."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from decision.exploration import RulePolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.routing import routing_truth


@dataclass(frozen=True)
class Library:
    """The shipped scenarios under the rules."""

    n_orders: int = 2_500
    played: dict[tuple[str, bool, int], WorldRun] = field(default_factory=dict)

    def play(self, name: str, *, disrupted: bool = True, n_orders: int | None = None) -> WorldRun:
        key = name, disrupted, n_orders or self.n_orders
        if key not in self.played:
            self.played[key] = _play(*key)
        return self.played[key]

    def pair(self, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The same orders with and without the scenario's disruptions."""
        return self.orders_of(self.play(name)), self.orders_of(self.play(name, disrupted=False))

    def orders_of(self, run: WorldRun) -> pd.DataFrame:
        """One row an order: what was asked, where it went, and what it met; hours of the world."""
        scenario, demand, lanes = run.stage.scenario, run.stage.demand, [run.stage.table.lanes[p] for p in run.lane_of]
        shipped, delivered = (
            np.array(run.record.shipped_at_hours),
            np.array(run.record.delivered_at_hours),
        )
        return pd.DataFrame(
            {
                "placed": demand.placed_at_hours,
                "region": [scenario.regions[place].region_id for place in demand.region],
                "asked": [scenario.service_levels[place].service_level for place in demand.service_level],
                "cold": demand.cold_chain,
                "node": [scenario.nodes[lane.node].node_id for lane in lanes],
                "carrier": [scenario.carriers[lane.carrier].carrier_id for lane in lanes],
                "level": [scenario.service_levels[lane.service_level].service_level for lane in lanes],
                "wait": shipped - demand.placed_at_hours,
                "shipped": shipped,
                "late": delivered > demand.promised_at_hours,
                "stock_out": np.frombuffer(run.stock_out, dtype=np.uint8) > 0,
                "damaged": np.frombuffer(bytes(run.record.damaged), dtype=np.uint8) > 0,
                "freight": [lane.freight_minor(int(units)) for lane, units in zip(lanes, demand.n_units, strict=True)],
            }
        )

    def truth_beside_choice(self, run: WorldRun, orders: list[int]) -> pd.DataFrame:
        """Potential outcomes of some orders, with the node and carrier of each candidate and which one was taken."""
        truth = routing_truth(run, orders, redraws=0)
        parts = truth["candidate_id"].str.split("|", expand=True)
        rows = run.decision_log().candidates.set_index(["order_id", "candidate_id"])["is_chosen"]
        chosen = [rows[key] for key in zip(truth["order_id"], truth["candidate_id"], strict=True)]
        return truth.assign(node=parts[0], carrier=parts[1], level=parts[2], chosen=chosen)


def _play(name: str, disrupted: bool, n_orders: int) -> WorldRun:
    scenario = load_scenario(name)
    if not disrupted:
        scenario = scenario.model_copy(update={"disruptions": ()})
    return simulate(scenario, RulePolicy(), UniformCompensation(), n_orders=n_orders, seed=5)


@pytest.fixture(scope="package")
def library() -> Library:
    return Library()
