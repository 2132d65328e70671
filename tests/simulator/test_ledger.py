"""Orders, hands, units and money are conserved at every single event, disruptions or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulator.errors import LedgerError
from simulator.incident_log import IncidentLog, IncidentRow
from simulator.ledger import Ledger, simulate_audited
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.world import World


@pytest.mark.parametrize("name", ["small", "node_outage", "carrier_strike", "scarce_stock", "live_stream_spike"])
def test_the_books_balance_after_every_event_and_change_nothing(name: str) -> None:
    scenario = load_scenario(name)
    routing, compensation = CheapestFromNearest(), UniformCompensation()
    audited = simulate_audited(scenario, routing, compensation, n_orders=400, seed=6)
    plain = simulate(scenario, routing, compensation, n_orders=400, seed=6)
    assert audited.digest() == plain.digest()
    assert audited.n_events == plain.n_events


@pytest.mark.parametrize(
    ("tamper", "complaint"),
    [
        (
            lambda station: station.shelf.on_hand.__setitem__(0, station.shelf.on_hand[0] + 1),
            "units in, out and on hand",
        ),
        (lambda station: station.shelf.position.__setitem__(3, -1), "stock position"),
        (lambda station: setattr(station, "backlog", station.backlog + 1), "orders in, out and inside"),
        (lambda station: setattr(station, "pickers_free", station.pickers_free - 1), "pickers"),
        (lambda station: station.booked.__setitem__(0, station.booked[0] + 1), "orders inside by carrier"),
    ],
)
def test_what_is_made_or_lost_is_found_out(small: Scenario, tamper: Any, complaint: str) -> None:
    world = World(set_stage(small, 6, 60), UniformRouting(), UniformCompensation())
    world.open()
    ledger = Ledger(world)
    tamper(world.stations[3])
    with pytest.raises(LedgerError, match=rf"'nuremberg' do not balance: .*{complaint}"):
        ledger.run()


def test_money_that_the_log_forgets_is_found_out(small: Scenario) -> None:
    world = World(set_stage(small, 6, 200), UniformRouting(), UniformCompensation())
    world.open()
    ledger = Ledger(world)

    class Forgetful(IncidentLog):
        def note(self, row: IncidentRow, propensities: Sequence[float]) -> None:
            super().note(row._replace(cost_minor=row.cost_minor + 1), propensities)

    world.record.incidents = Forgetful()
    with pytest.raises(LedgerError, match=r"after INCIDENT .* were charged but \d+ are logged"):
        ledger.run()


def test_what_is_charged_in_all_is_what_the_log_says_in_all(small: Scenario) -> None:
    run = simulate_audited(small, UniformRouting(), UniformCompensation(), n_orders=300, seed=6)
    log, stage = run.decision_log(), run.stage
    chosen = log.candidates[log.candidates["is_chosen"]]
    assert log.outcomes["cost_minor"].sum() == (chosen["freight_minor"] + chosen["handling_minor"]).sum()
    lanes = [stage.table.lanes[place] for place in run.lane_of]
    shipped = sum(lane.freight_minor(int(units)) for lane, units in zip(lanes, stage.demand.n_units, strict=True))
    assert chosen["freight_minor"].sum() == shipped
