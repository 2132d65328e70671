"""From what a world wrote down to the shared decision log, column by column."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from data.incidents import ARMS
from simulator.customers import TIERS
from simulator.demand import day_zero
from simulator.identifiers import customer_id, incident_id, order_id
from simulator.incident_log import IncidentRecord
from simulator.network import network_of
from simulator.record import Record
from simulator.rows import CandidateRows, candidate_rows
from simulator.scenario.schema import Scenario
from simulator.seen import seen_columns
from simulator.stage import Stage
from simulator.tariffs import carbon_kg, freight_minor, shipped

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MICROSECONDS_PER_HOUR = 3.6e9


def decision_log(
    stage: Stage, record: Record, lane_of: array[int], stock_out: bytearray, policy_name: str
) -> DecisionLog:
    """Build and check the tables: four of the orders that were fulfilled, and those that were cancelled."""
    orders = fulfilled_orders(stage, record)
    tables = {
        "orders": _orders(stage, orders, policy_name),
        "candidates": _candidates(stage, record, orders),
        "outcomes": _outcomes(stage, record, orders, np.array(lane_of)[orders]).assign(
            stock_out=(np.frombuffer(stock_out, dtype=np.uint8) > 0)[orders]
        ),
        "incidents": incident_table(stage, list(record.incidents)),
    }
    if record.cancelled_at_hours:
        tables["cancelled"] = _cancelled(stage, record, np.array(lane_of), policy_name)
    return DecisionLog.checked(tables, network_of(stage.scenario, stage.table))


def fulfilled_orders(stage: Stage, record: Record) -> Ints:
    """Numbers of the orders that came and were delivered: a cancelled order has no outcome to learn from."""
    fulfilled = np.ones(stage.n_orders, dtype=np.bool_)
    fulfilled[[*record.cancelled_at_hours, *record.absent]] = False
    numbers: Ints = np.flatnonzero(fulfilled)
    return numbers


def instants(stage: Stage, hours: Floats | Sequence[float]) -> pd.Series[Any]:
    """World hours as UTC instants with microseconds."""
    zero = np.datetime64(day_zero(stage.scenario).replace(tzinfo=None), "us")
    offsets = np.rint(np.asarray(hours) * MICROSECONDS_PER_HOUR).astype(np.int64).astype("timedelta64[us]")
    moments: pd.Series[Any] = pd.Series(zero + offsets).dt.tz_localize(UTC)
    return moments


def texts(names: Iterable[str], place: Ints) -> pd.Series[Any]:
    """Names repeated by their place, each text made once."""
    repeated: pd.Series[Any] = pd.Series(list(names), dtype="str").take(place).reset_index(drop=True)
    return repeated


def order_names(orders: Iterable[int]) -> pd.Series[Any]:
    """Identifiers of orders."""
    return pd.Series([order_id(order) for order in orders], dtype="str")


def _orders(stage: Stage, orders: Ints, policy_name: str) -> pd.DataFrame:
    scenario, demand, people = stage.scenario, stage.demand, stage.population
    customer_of = people.customer_of[orders]
    return pd.DataFrame(
        {
            "order_id": order_names(orders.tolist()),
            "decided_at": instants(stage, demand.placed_at_hours[orders]),
            "promised_at": instants(stage, demand.promised_at_hours[orders]),
            "region": texts((region.region_id for region in scenario.regions), demand.region[orders]),
            **_channel(scenario, demand.channel[orders]),
            "requested_service_level": texts(
                (level.service_level for level in scenario.service_levels), demand.service_level[orders]
            ),
            "customer_id": [customer_id(customer) for customer in customer_of.tolist()],
            "value_tier": texts(TIERS, np.array(people.tier)[customer_of]),
            "n_lines": demand.n_lines[orders],
            "n_units": demand.n_units[orders],
            "max_line_quantity": demand.max_line_quantity[orders],
            "order_value_minor": demand.value_minor[orders],
            "hazmat": demand.hazmat[orders],
            "cold_chain": demand.cold_chain[orders],
            "behaviour_policy": policy_name,
        }
    )


def _channel(scenario: Scenario, channel: Ints) -> dict[str, pd.Series[Any]]:
    """The column of the channels, where there are any."""
    named = scenario.demand.channels
    return {"channel": texts((one.channel_id for one in named), channel)} if named else {}


def _candidates(stage: Stage, record: Record, orders: Ints) -> pd.DataFrame:
    scenario, table, came = stage.scenario, stage.table, np.delete(np.arange(stage.n_orders), record.absent)
    rows = candidate_rows(stage, came)
    seen = seen_columns(stage, record, rows)
    now, units = stage.demand.placed_at_hours[rows.order], stage.demand.n_units[rows.order]
    lanes = table.lanes

    def lane_texts(names: Iterable[str]) -> pd.Series[Any]:
        return texts(names, rows.lane)

    def by_lane(name: str) -> Floats:
        return table.column(name)[rows.lane]

    table_of_all = pd.DataFrame(
        {
            "order_id": texts((order_id(order) for order in range(stage.n_orders)), rows.order),
            "candidate_id": lane_texts(lane.candidate_id for lane in lanes),
            "node_id": lane_texts(scenario.nodes[lane.node].node_id for lane in lanes),
            "carrier_id": lane_texts(scenario.carriers[lane.carrier].carrier_id for lane in lanes),
            "service_level": lane_texts(scenario.service_levels[lane.service_level].service_level for lane in lanes),
            "available_quantity": seen["available_quantity"].astype(np.int64),
            "safety_stock": seen["safety_stock"].astype(np.int64),
            "capacity_utilization": seen["capacity_utilization"],
            "backlog_orders": seen["backlog_orders"].astype(np.int64),
            "cut_off_at": instants(stage, now + seen["hours_to_cut_off"]),
            "lead_time_hours": by_lane("lead_time_hours"),
            "distance_km": by_lane("distance_km"),
            "freight_minor": freight_minor(stage, rows.lane, units),
            "handling_minor": by_lane("handling_minor").astype(np.int64),
            "carbon_kg": carbon_kg(stage, rows.lane, units),
            "observed_at": instants(stage, now - seen["observation_age_hours"]),
            "carrier_utilization": seen["carrier_utilization"],
            "weather_severity": seen["weather_severity"],
            "weather_now": seen["weather_now"],
            "propensity": np.array(record.propensity),
            "is_chosen": _marked(rows, np.array(record.chosen)[came]),
            "is_default": _marked(rows, np.array(record.default)[came]),
        }
    )
    if len(orders) == len(came):
        return table_of_all
    return table_of_all[np.isin(rows.order, orders)].reset_index(drop=True)


def _cancelled(stage: Stage, record: Record, lane_of: Ints, policy_name: str) -> pd.DataFrame:
    """What was decided of the orders that were cancelled after it."""
    scenario, demand = stage.scenario, stage.demand
    orders = np.array(sorted(record.cancelled_at_hours), dtype=np.int64)
    came = np.delete(np.arange(stage.n_orders), record.absent)
    chosen = candidate_rows(stage, came).offsets[np.searchsorted(came, orders)] + np.array(record.chosen)[orders]
    return pd.DataFrame(
        {
            "order_id": order_names(orders.tolist()),
            "decided_at": instants(stage, demand.placed_at_hours[orders]),
            "cancelled_at": instants(stage, [record.cancelled_at_hours[order] for order in orders.tolist()]),
            "customer_id": _texts_of(customer_id(one) for one in stage.population.customer_of[orders].tolist()),
            "region": texts((region.region_id for region in scenario.regions), demand.region[orders]),
            "requested_service_level": texts(
                (level.service_level for level in scenario.service_levels), demand.service_level[orders]
            ),
            "candidate_id": texts((lane.candidate_id for lane in stage.table.lanes), lane_of[orders]),
            "propensity": np.array(record.propensity)[chosen],
            "behaviour_policy": policy_name,
        }
    )


def _marked(rows: CandidateRows, place: Ints) -> NDArray[np.bool_]:
    marked = np.zeros(len(rows.order), dtype=np.bool_)
    marked[rows.offsets[:-1] + place] = True
    return marked


def _outcomes(stage: Stage, record: Record, orders: Ints, lane: Ints) -> pd.DataFrame:
    delivered_at = np.array(record.delivered_at_hours)[orders]
    lateness = np.maximum(0.0, delivered_at - stage.demand.promised_at_hours[orders])
    cost, carbon, is_split = shipped(stage, orders, lane, record.n_parcels)
    n_parcels = {"n_parcels": 1 + is_split} if stage.scenario.fulfilment.split else {}
    return pd.DataFrame(
        {
            "order_id": order_names(orders.tolist()),
            "shipped_at": instants(stage, np.array(record.shipped_at_hours)[orders]),
            "delivered_at": instants(stage, delivered_at),
            "lateness_hours": lateness,
            "late": lateness > 0,
            "cost_minor": cost,
            "carbon_kg": carbon,
            "damaged": _damaged(record)[orders],
            **n_parcels,
        }
    )


def _damaged(record: Record) -> NDArray[np.bool_]:
    """Whether each order was lost, or came damaged or spoiled."""
    flags: NDArray[np.bool_] = (np.frombuffer(record.lost, np.uint8) | np.frombuffer(record.damaged, np.uint8)) > 0
    return flags


def incident_table(stage: Stage, incidents: list[IncidentRecord]) -> pd.DataFrame:
    """The incidents, how each was answered, and how the customer reacted."""
    told = [incident.grievance for incident in incidents]
    propensities = np.array([incident.choice.propensities for incident in incidents]).reshape(-1, len(ARMS))
    dwelt = np.array([grievance.dwell_hours for grievance in told], dtype=np.float64)
    return pd.DataFrame(
        {
            "incident_id": _texts_of(incident_id(incident.order) for incident in incidents),
            "order_id": order_names(incident.order for incident in incidents),
            "customer_id": _texts_of(customer_id(incident.customer) for incident in incidents),
            "occurred_at": instants(stage, [incident.occurred_at_hours for incident in incidents]),
            "incident_type": _texts_of(grievance.incident_type.value for grievance in told),
            "hours_late": np.array([grievance.hours_late for grievance in told], dtype=np.float64),
            "order_value_minor": np.array([grievance.order_value_minor for grievance in told], dtype=np.int64),
            "value_tier": _texts_of(TIERS[grievance.tier].value for grievance in told),
            "lateness_tolerance": np.array([grievance.lateness_tolerance for grievance in told], dtype=np.float64),
            "n_past_orders": np.array([incident.n_past_orders for incident in incidents], dtype=np.int64),
            "n_past_incidents": np.array([grievance.n_past_incidents for grievance in told], dtype=np.int64),
            "arm": _texts_of(incident.choice.arm.value for incident in incidents),
            **{f"propensity_{arm.value}": propensities[:, place] for place, arm in enumerate(ARMS)},
            "repurchase_90d": np.array([incident.repurchase for incident in incidents], dtype=np.bool_),
            "churn_90d": np.array([incident.churn for incident in incidents], dtype=np.bool_),
            "cost_minor": np.array([incident.cost_minor for incident in incidents], dtype=np.int64),
            **({"dwell_hours": dwelt} if stage.scenario.customers.dwell_limit_hours else {}),
        }
    )


def _texts_of(names: Iterable[str]) -> pd.Series[Any]:
    return pd.Series(list(names), dtype="str")
