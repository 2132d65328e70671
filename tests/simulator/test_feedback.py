"""Who leaves orders no more, who buys again brings one more order, and nothing else in the path moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from data.choices import ArmChoice
from data.incidents import ARMS, CompensationArm, Incident
from simulator.demand import draw_demand
from simulator.errors import ScenarioValueError, SimulatorError
from simulator.ledger import simulate_audited
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.truth.compensation import compensation_truth
from simulator.truth.routing import routing_truth
from simulator.world import World

Change = Callable[..., Scenario]
GoesOn = Callable[[WorldRun, int], tuple[World, World]]
# Few customers who order often, and much that goes wrong.
LOYAL: dict[str, Any] = {
    "customers.feedback": {"latent_share": 0.2},
    "customers.n_customers": 150,
    "demand.orders_per_day": 200,
    "carriers.2.loss_probability": 0.2,
}


@dataclass(frozen=True)
class Always:
    """One arm for everybody whom it is on offer to."""

    arm: CompensationArm
    name: str = "always"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        del uniform
        arm = self.arm if self.arm in incident.allowed_arms else CompensationArm.NONE
        return ArmChoice(arm, tuple(float(one is arm) for one in ARMS))


@pytest.fixture(scope="module")
def loyal_run(changed: Change) -> WorldRun:
    return simulate_audited(changed(LOYAL), CheapestFromNearest(), UniformCompensation(), n_orders=2_000, seed=3)


def test_who_left_orders_no_more_and_who_bought_again_brings_what_is_due(loyal_run: WorldRun) -> None:
    """Told once more from the incidents alone."""
    demand, customer_of = loyal_run.stage.demand, loyal_run.stage.population.customer_of
    news = sorted((item.occurred_at_hours, number) for number, item in enumerate(loyal_run.record.incidents))
    gone: set[int] = set()
    due = dict.fromkeys(range(150), 0)
    expected, read = [], 0
    for order, placed_at in enumerate(demand.placed_at_hours.tolist()):
        while read < len(news) and news[read][0] < placed_at:
            incident = loyal_run.record.incidents[news[read][1]]
            if incident.churn:
                gone.add(incident.customer)
            due[incident.customer] += incident.repurchase
            read += 1
        customer = int(customer_of[order])
        comes = customer not in gone and (not demand.latent[order] or due[customer] > 0)
        due[customer] -= comes and bool(demand.latent[order])
        if not comes:
            expected.append(order)
    assert loyal_run.record.absent == expected
    came = np.setdiff1d(np.arange(2_000), expected)
    assert 20 < demand.latent[came].sum() < demand.latent.sum()
    assert (~demand.latent[expected]).sum() > 50


def test_orders_that_do_not_come_leave_no_trace(loyal_run: WorldRun) -> None:
    absent, log = loyal_run.record.absent, loyal_run.decision_log()
    assert len(log.orders) == len(log.outcomes) == 2_000 - len(absent)
    names = {f"order-{order}" for order in absent} | set(log.orders["order_id"])
    assert len(names) == len(absent) + len(log.orders)
    assert all(loyal_run.lane_of[order] == -1 for order in absent)
    assert not {incident.order for incident in loyal_run.record.incidents} & set(absent)
    assert len(loyal_run.record.chosen) == 2_000
    assert np.array(log.candidates["propensity"]).sum() == pytest.approx(len(log.orders))


def test_what_a_policy_saw_is_told_of_the_orders_that_came(loyal_run: WorldRun) -> None:
    """With nobody absent the same columns are told of everybody."""
    seen = loyal_run.decision_log().candidates
    assert (seen["available_quantity"] >= 0).all()
    assert (seen["cut_off_at"] > seen["observed_at"]).all()
    assert seen.groupby("order_id", sort=False)["is_chosen"].sum().eq(1).all()


def test_orders_that_come_anyway_come_at_the_rate_that_the_scenario_says(changed: Change) -> None:
    flat = {"demand.hour_profile": [1.0] * 24, "demand.weekday_profile": [1.0] * 7}
    demand = draw_demand(changed({**LOYAL, **flat}), Noise(6), 20_000)
    days = (demand.placed_at_hours[-1] - demand.placed_at_hours[0]) / 24
    assert demand.latent.mean() == pytest.approx(0.2, abs=0.01)
    assert (~demand.latent).sum() / days == pytest.approx(200, rel=0.03)


def test_without_feedback_everybody_comes_and_nothing_changes(small: Scenario, changed: Change) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=300, seed=5)
    assert not run.record.absent
    assert not run.stage.demand.latent.any()
    # All drawn orders are regular and too few customers meet twice: who does come meets the same day.
    quiet = changed({"customers.feedback": {"latent_share": 0.0}})
    fed_back = simulate(quiet, UniformRouting(), UniformCompensation(), n_orders=300, seed=5)
    came = np.delete(np.arange(300), fed_back.record.absent)
    assert len(came) > 295
    first = min([*fed_back.record.absent, 300])
    assert fed_back.record.chosen[:first] == run.record.chosen[:first]


def test_a_better_answer_brings_more_orders_on_the_same_path(changed: Change) -> None:
    n_came = [
        len(simulate(changed(LOYAL), CheapestFromNearest(), Always(arm), n_orders=4_000, seed=4).fulfilled_orders())
        for arm in (CompensationArm.NONE, CompensationArm.RESHIP)
    ]
    assert n_came[1] > n_came[0]


def test_truth_is_exact_where_reactions_feed_back(loyal_run: WorldRun) -> None:
    orders = loyal_run.fulfilled_orders()[::5]
    truth = routing_truth(loyal_run, orders, redraws=1)
    log = loyal_run.decision_log()
    chosen = log.candidates.loc[log.candidates["is_chosen"], ["order_id", "candidate_id"]]
    both = truth.merge(chosen).merge(log.outcomes, on="order_id", suffixes=("", "_logged"), validate="one_to_one")
    assert len(both) == len(orders)
    assert both["lateness_hours"].tolist() == both["lateness_hours_logged"].tolist()
    assert len(compensation_truth(loyal_run)) > 100


def test_an_order_that_did_not_come_has_no_truth(loyal_run: WorldRun) -> None:
    absent = loyal_run.record.absent[0]
    with pytest.raises(SimulatorError, match=f"order {absent} did not come and has no outcome"):
        routing_truth(loyal_run, [absent], redraws=0)


def test_frozen_decisions_freeze_who_comes_and_snapshots_know_who_is_left(loyal_run: WorldRun, goes_on: GoesOn) -> None:
    frozen = World(loyal_run.stage, loyal_run.routing, Always(CompensationArm.NONE), loyal_run.record.chosen)
    frozen.open()
    frozen.run()
    assert np.array_equal(frozen.record.delivered_at_hours, loyal_run.record.delivered_at_hours, equal_nan=True)
    _, branch = goes_on(loyal_run, 1_200)
    assert branch.record.absent == [order for order in loyal_run.record.absent if order >= 1_200]


def test_a_path_of_latent_orders_only_is_refused(changed: Change) -> None:
    with pytest.raises(ScenarioValueError, match=r"feedback.latent_share: .* got 1.0"):
        changed({"customers.feedback": {"latent_share": 1.0}})
