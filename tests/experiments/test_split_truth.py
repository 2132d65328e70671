"""The truth of split plans: sent whole it is the truth of the candidate, and parts add up to what the world splits."""

from __future__ import annotations

import json

import numpy as np
import pytest

from decision.shipments import Shipment
from experiments.split_study import main, played, world_splits
from experiments.split_truth import N_DRAWS, expected_of, lanes_of, line_id, passage, shelves, with_lines
from simulator.identifiers import order_id
from simulator.run import WorldRun
from simulator.truth.routing import routing_truth


@pytest.fixture(scope="module")
def run() -> WorldRun:
    return played(27, 1_200)


def several(run: WorldRun) -> list[int]:
    """A few orders of several lines."""
    return [order for order in run.fulfilled_orders().tolist() if run.stage.demand.n_lines[order] > 1][200::60]


def test_an_order_that_goes_whole_has_the_truth_of_its_candidate(run: WorldRun) -> None:
    orders = several(run)[:4]
    truth = {
        (row["order_id"], row["candidate_id"]): row
        for row in routing_truth(run, orders, redraws=512).to_dict("records")
    }
    reach = 4 * 0.5 / N_DRAWS**0.5
    for order in orders:
        lines = tuple(line_id(place) for place in range(int(run.stage.demand.n_lines[order])))
        for name in list(lanes_of(run, order))[::7]:
            found, true = expected_of(run, order, [Shipment(name, lines)]), truth[order_id(order), name]
            assert found.cost_minor == true["cost_minor"]
            assert found.stock_out == true["stock_out"]
            assert found.late_probability == found.largest_late_probability
            assert found.late_probability == pytest.approx(true["expected_late_probability"], abs=reach)


def test_what_is_on_the_shelf_waits_for_nothing_and_what_is_not_waits(run: WorldRun) -> None:
    orders, found = several(run), set()
    for order, stock in zip(orders, shelves(run, orders), strict=True):
        quantity = run.stage.demand.line_quantity[run.stage.demand.line_start[order] :]
        for node, spec in enumerate(run.stage.scenario.nodes):
            held = [place for place, units in enumerate(stock[spec.node_id].values()) if units >= quantity[place]]
            met = passage(run, order, node)
            assert met.stock_out == (len(held) < run.stage.demand.n_lines[order])
            if met.n_parcels > 1:
                part = passage(with_lines(run, order, held), order, node)
                assert not part.stock_out
                assert np.less_equal(part.shipping_hours, met.shipping_hours).all()
                found.add(order)
    assert found


def test_an_order_is_there_with_its_last_parcel(run: WorldRun) -> None:
    order = several(run)[0]
    first, *_, second = lanes_of(run, order)
    lines = [line_id(place) for place in range(int(run.stage.demand.n_lines[order]))]
    found = expected_of(run, order, [Shipment(first, (lines[0],)), Shipment(second, tuple(lines[1:]))])
    assert found.lateness_hours >= found.largest_lateness_hours
    assert found.late_probability >= found.largest_late_probability


def test_the_world_charges_its_own_splits_as_two_shipments(run: WorldRun) -> None:
    splits = world_splits(run.decision_log())
    assert splits["n"]
    assert splits["as_two_shipments"] == 1.0


@pytest.mark.slow
def test_the_study_tells_what_it_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--taught", "1200", "--orders", "1000", "--judged", "8", "--worlds", "1"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {row["plans"] for row in told["plans"]} >= {"one shipment", "two shipments"}
    by_cost = [row for row in told["plans"] if row["outcome"] == "cost_minor" and "against" in row["plans"]]
    assert [row["error"] for row in by_cost] == [0.0]
    held = {row["outcome"]: row["held"] for row in told["plans"] if row["plans"] == "one shipment"}
    assert held["own_stock_out"] == 1.0
    assert 0.0 <= held["late_probability"] <= 1.0
