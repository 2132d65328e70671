"""Candidates for an order that comes without them, from the network's lanes.

Only the network is known here, not its state: stock, load and backlog are assumptions, and whoever
uses such candidates must say so (`data.decisions.ReviewReason.ASSUMED_STATE`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from data.candidates import Candidate, candidate_id_for
from data.errors import NetworkError, UnservedRegionError
from data.network import Carrier, Lane, Network, Node
from data.orders import Order


@dataclass(frozen=True, slots=True)
class AssumedState:
    """What is supposed of a node that nobody has heard from: a normal day.

    Parameters
    ----------
    capacity_utilization : float
        Work present over the work it can do until a collection, whichever.
    backlog_days : float
        Orders waiting, in days of the node's normal capacity.
    spare_orders : int
        How many orders of this size the stock on hand would serve.
    """

    capacity_utilization: float = 0.7
    backlog_days: float = 0.2
    spare_orders: int = 20


NORMAL_DAY = AssumedState()
MAX_GENERATED = 60


def generate_candidates(
    network: Network, order: Order, decided_at: datetime, state: AssumedState = NORMAL_DAY, limit: int = MAX_GENERATED
) -> tuple[Candidate, ...]:
    """Every lane that reaches the order's region, nearest nodes first, at most `limit`.

    Raises
    ------
    UnservedRegionError
        If the network has no lane to the order's region.
    """
    lanes = network.lanes_by_region.get(order.ship_to.region, ())
    if not lanes:
        served = (region for region, reaching in network.lanes_by_region.items() if reaching)
        raise UnservedRegionError(order.ship_to.region, served)
    nodes = {node.node_id: node for node in network.nodes}
    carriers = {carrier.carrier_id: carrier for carrier in network.carriers}
    nearest = sorted(lanes, key=lambda lane: (lane.distance_km, lane.node_id, lane.carrier_id, lane.service_level))
    return tuple(
        _candidate(lane, nodes[lane.node_id], carriers[lane.carrier_id], order, (decided_at, state))
        for lane in nearest[:limit]
    )


def next_collection(carrier: Carrier, moment: datetime) -> datetime:
    """The carrier's first collection at or after a moment, in UTC.

    Raises
    ------
    NetworkError
        If the carrier never collects.

    Examples
    --------
    >>> carrier = Carrier("c", (9.5, 17.0), wave_cap_orders=10)
    >>> next_collection(carrier, datetime(2026, 3, 2, 17, 30, tzinfo=UTC)).isoformat()
    '2026-03-03T09:30:00+00:00'
    """
    if not carrier.collection_hours:
        msg = f"the carrier {carrier.carrier_id!r} has no collection hours; give it at least one"
        raise NetworkError(msg)
    midnight = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    days = (midnight, midnight + timedelta(days=1))
    return min(at for day in days for hour in carrier.collection_hours if (at := day + timedelta(hours=hour)) >= moment)


def _candidate(
    lane: Lane, node: Node, carrier: Carrier, order: Order, assumed: tuple[datetime, AssumedState]
) -> Candidate:
    decided_at, state = assumed
    return Candidate(
        candidate_id=candidate_id_for(lane.node_id, lane.carrier_id, lane.service_level),
        node_id=lane.node_id,
        carrier_id=lane.carrier_id,
        service_level=lane.service_level,
        available_quantity=state.spare_orders * order.max_line_quantity,
        safety_stock=0,
        capacity_utilization=state.capacity_utilization,
        backlog_orders=round(state.backlog_days * node.daily_capacity_orders),
        cut_off_at=next_collection(carrier, decided_at),
        lead_time_hours=lane.lead_time_hours,
        distance_km=lane.distance_km,
        freight_minor=lane.freight_minor(order.n_units),
        carbon_kg=lane.carbon_kg(order.n_units),
        observed_at=decided_at,
        handling_minor=node.handling_minor,
    )
