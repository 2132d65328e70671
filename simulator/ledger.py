"""Books of orders, hands, units and money, kept beside a running world and balanced after every event."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from simulator.clock import Entity, Kind
from simulator.customers import NO_APPEASEMENT, full_cost_minor
from simulator.errors import LedgerError
from simulator.policies import CompensationPolicy, RoutingPolicy
from simulator.run import WorldRun, finished, require_affordable, require_usable
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.station import Station, order_of
from simulator.tariffs import shipped
from simulator.world import World

Ints = NDArray[np.int64]
KINDS_OF_NODES = frozenset(Kind) - {Kind.REPORT, Kind.RECKONING, Kind.INCIDENT}


class Ledger:
    """What went into each node and what came out, counted apart from the node's own state.

    Parameters
    ----------
    world : World
        Open, with nothing yet having happened.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._opening = [np.array(station.shelf.on_hand) for station in world.stations]
        self._received = [np.zeros_like(units) for units in self._opening]
        self._asked = [np.zeros_like(units) for units in self._opening]
        self._n_joined = [0] * len(world.stations)
        self._expired = [np.zeros_like(units) for units in self._opening]
        self._n_left = [0] * len(world.stations)
        self._charged_minor = self._logged_minor = 0
        self._entries = (0, 0)
        self._shipped: list[int] = []

    def run(self) -> None:
        """Play the world to its end.

        Raises
        ------
        LedgerError
            If the books do not balance after some event.
        """
        world = self._world
        while not world.is_over:
            _, kind, entity = world.next_event()
            node = self._node_of(kind, entity)
            dock = list(world.stations[entity[0]].docks[entity[1]]) if kind == Kind.WAVE else []
            shelf = world.stations[entity[0]].shelf.on_hand[entity[1]] if kind == Kind.EXPIRY else 0
            world.step()
            event = f"{Kind(kind).name} {entity} at hour {world.now:.3f}"
            # An order has a node only once it was routed.
            node = self._node_of(kind, entity)
            if kind == Kind.EXPIRY:
                self._expired[entity[0]][entity[1]] += shelf - world.stations[entity[0]].shelf.on_hand[entity[1]]
            if node is not None:
                self._enter(kind, entity, node, dock)
                self._balance(node, event)
            elif kind == Kind.INCIDENT:
                self._charged_minor += self._appeasement_minor()
            self._balance_money(event)

    def _node_of(self, kind: int, entity: Entity) -> int | None:
        if kind in (Kind.PICKED, Kind.PACKED, Kind.CANCEL, Kind.ORDER):
            lane = self._world.lane_of[order_of(entity)]
            return None if lane < 0 else self._world.stage.table.lanes[lane].node
        if kind in KINDS_OF_NODES:
            return int(entity[0] if isinstance(entity, tuple) else entity)
        return None

    def _enter(self, kind: int, entity: Entity, node: int, dock: list[int]) -> None:
        if kind == Kind.STOCK:
            _, sku, quantity = entity
            self._received[node][sku] += quantity
        elif kind == Kind.ORDER:
            self._ask(node, entity, 1)
        elif kind == Kind.CANCEL and entity in self._world.record.cancelled_at_hours:
            self._ask(node, entity, -1)
        elif kind == Kind.WAVE:
            n_taken = len(dock) - len(self._world.stations[node].docks[entity[1]])
            self._n_left[node] += n_taken
            # An order is charged when the last of its parcels goes, and so is it logged.
            for order in dict.fromkeys(order_of(parcel) for parcel in islice(dock, n_taken)):
                if order not in self._world.stations[node].unsent:
                    self._shipped.append(order)
                    self._charged_minor += self._shipment_minor(order)

    def _ask(self, node: int, order: int, sign: int) -> None:
        """An order comes with all it asks for, or (-1) goes as if it had never come."""
        work = self._world.stage.workload
        for line in range(work.line_start[order], work.line_start[order + 1]):
            self._asked[node][work.line_sku[line]] += sign * work.line_quantity[line]
        self._n_joined[node] += sign * self._world.record.n_parcels.get(order, 1)

    def _shipment_minor(self, order: int) -> int:
        """What one shipment costs, item by item from the scenario's own words."""
        stage, lane_place = self._world.stage, self._world.lane_of[order]
        lane, scenario = stage.table.lanes[lane_place], stage.scenario
        cost = lane.freight_minor(int(stage.demand.n_units[order])) + scenario.nodes[lane.node].handling_minor
        if order in self._world.record.n_parcels:
            cost += lane.freight_base_minor + lane.handling_minor
        if stage.mishaps is not None:
            refusal, moves = scenario.carriers[lane.carrier].hazmat_refusal, scenario.customers.address_change
            cost += refusal.cost_minor if refusal and stage.mishaps.refusal_hours[lane.carrier][order] else 0
            cost += moves.cost_minor if moves and stage.mishaps.redirect_hours[order] else 0
        return cost

    def _appeasement_minor(self) -> int:
        """What the answer to the last incident costs."""
        incident = self._world.record.incidents[-1]
        arm = self._world.stage.scenario.customers.arms.get(incident.choice.arm, NO_APPEASEMENT)
        taken_up = incident.repurchase or not arm.cost_only_if_repurchase
        return full_cost_minor(arm, incident.grievance.order_value_minor) if taken_up else 0

    def _balance_money(self, event: str) -> None:
        """What was charged item by item is what the log will say in sum."""
        entries = (len(self._shipped), len(self._world.record.incidents))
        if entries != self._entries:
            self._entries, self._logged_minor = entries, self._logged()
        if self._logged_minor != self._charged_minor:
            msg = (
                f"after {event} {self._charged_minor} were charged but {self._logged_minor} are logged; "
                f"this is a fault of ours"
            )
            raise LedgerError(msg)

    def _logged(self) -> int:
        world, orders = self._world, np.array(self._shipped, dtype=np.int64)
        lanes = np.array(world.lane_of)[orders]
        appeasements = sum(incident.cost_minor for incident in world.record.incidents)
        cost, _, _ = shipped(world.stage, orders, lanes, world.record.n_parcels)
        return int(cost.sum()) + appeasements

    def _balance(self, node: int, event: str) -> None:
        station = self._world.stations[node]
        inside = station.backlog + _n_at_docks(station)
        owed, on_order = _owed(station), self._on_order(node)
        on_hand, position = np.array(station.shelf.on_hand), np.array(station.shelf.position)
        books = {
            "orders in, out and inside": self._n_joined[node] - self._n_left[node] == inside,
            "orders inside by stage": station.backlog
            == len(station.missing_lines) + station.to_pick + station.to_pack
            == len(station.carrier_of),
            "orders inside by carrier": sum(station.booked) == inside,
            "pickers": station.to_pick - len(station.pick_queue) == station.pickers_present - station.pickers_free,
            "packers": station.to_pack - len(station.pack_queue) == station.packers_present - station.packers_free,
            "no idle picker while orders wait": not station.pick_queue or station.pickers_free <= 0,
            "no idle packer while orders wait": not station.pack_queue or station.packers_free <= 0,
            "no negative stock": bool((on_hand >= 0).all()),
            "units in, out and on hand": np.array_equal(
                self._opening[node] + self._received[node] - self._expired[node] - (self._asked[node] - owed), on_hand
            ),
            "nothing expired on the shelf, and batches for all that perishes": _keeps(station, self._world.now),
            "stock position": np.array_equal(on_hand + on_order - owed, position),
        }
        broken = [name for name, balanced in books.items() if not balanced]
        if broken:
            name = self._world.stage.scenario.nodes[node].node_id
            msg = (
                f"after {event} the books of node {name!r} do not balance: {', '.join(broken)}; this is a fault of ours"
            )
            raise LedgerError(msg)

    def _on_order(self, node: int) -> Ints:
        units = np.zeros_like(self._opening[node])
        for _, kind, _, entity in self._world.nodes.each[node].queue.events:
            if kind == Kind.STOCK and entity[0] == node:
                units[entity[1]] += entity[2]
        return units


def simulate_audited(
    scenario: Scenario, routing: RoutingPolicy, compensation: CompensationPolicy, *, n_orders: int, seed: int
) -> WorldRun:
    """`simulate`, several times slower: after every event the books of the node concerned have to balance.

    Raises
    ------
    LedgerError
        If orders, hands, units or money were made or lost.
    SimulatorError
        As `simulate` does.
    """
    require_usable(n_orders, seed)
    require_affordable(scenario, n_orders)
    world = World(set_stage(scenario, seed, n_orders), routing, compensation)
    world.open()
    Ledger(world).run()
    return finished(world, routing, compensation)


def _keeps(station: Station, now: float) -> bool:
    """Whether what is on the shelf of perishable articles is in batches that have not expired."""
    shelf = station.shelf
    if shelf.batches is None:
        return True
    return all(
        shelf.on_hand[sku] <= sum(units for expires_at, units in batches if expires_at >= now)
        for sku, batches in shelf.batches.of.items()
    )


def _n_at_docks(station: Station) -> int:
    return sum(len(dock) for dock in station.docks)


def _owed(station: Station) -> Ints:
    units = np.zeros(len(station.shelf.on_hand), dtype=np.int64)
    for sku, queue in station.shelf.owed.items():
        units[sku] = _total(queue)
    return units


def _total(queue: Iterable[tuple[int, int]]) -> int:
    return sum(quantity for _, quantity in queue)
