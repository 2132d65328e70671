"""Mishaps of single parcels: refused at the carrier's gate, held for missing papers, redirected to a new address.

Each is additive and keyed: whether it befalls an order is drawn before the world runs, by order (and by carrier for
a refusal), and what it adds depends on the lane alone.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.incidents import IncidentType
from simulator.lanes import LaneTable
from simulator.noise import Noise, as_array
from simulator.quantiles import quantiles_at
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MishapLuck:
    """Uniform draws by carrier and order, or by order."""

    refusal: Floats
    papers: Floats
    address: Floats


@dataclass(frozen=True)
class Mishaps:
    """What mishaps add to each order's parcel, under one set of draws.

    Parameters
    ----------
    refusal_hours : list of array of float
        By carrier and order.
    papers_hours, redirect_hours : array of float
        By order; papers matter only on lanes that cross a border.
    crosses : list of bool
        By lane: whether it leads into another customs zone.
    refusal_cost_minor : tuple of int
        Of a refused parcel, by carrier.
    redirect_cost_minor : int
        Of a redirected one.
    """

    refusal_hours: list[array[float]]
    papers_hours: array[float]
    redirect_hours: array[float]
    crosses: list[bool]
    refusal_cost_minor: tuple[int, ...]
    redirect_cost_minor: int

    def hours(self, order: int, lane: int, carrier: int, hours: float) -> float:
        """A transit of so many hours with what mishaps add to it."""
        hours += self.refusal_hours[carrier][order]
        if self.crosses[lane]:
            hours += self.papers_hours[order]
        return hours + self.redirect_hours[order]

    def gravest(self, order: int, lane: int, carrier: int) -> IncidentType:
        """The incident that the gravest mishap of a parcel makes of its lateness."""
        if self.refusal_hours[carrier][order]:
            return IncidentType.CARRIER_REFUSAL
        if self.crosses[lane] and self.papers_hours[order]:
            return IncidentType.CUSTOMS_DELAY
        return IncidentType.ADDRESS_CHANGE if self.redirect_hours[order] else IncidentType.LATE

    def many_hours(self, order: Ints, lane: Ints, carrier: Ints, hours: Floats) -> Floats:
        """The same for many parcels, each array of shape (n_parcels,); equal to the last bit."""
        hours = hours + np.array(self.refusal_hours)[carrier, order]
        hours = hours + np.where(np.array(self.crosses)[lane], np.array(self.papers_hours)[order], 0.0)
        added: Floats = hours + np.array(self.redirect_hours)[order]
        return added

    def cost_minor(self, order: Ints, lane: Ints, carrier: Ints) -> Ints:
        """What mishaps cost, in minor currency units, shape (n_parcels,)."""
        refused = np.array(self.refusal_hours)[carrier, order] > 0
        redirected = np.array(self.redirect_hours)[order] > 0
        cost: Ints = refused * np.array(self.refusal_cost_minor)[carrier] + redirected * self.redirect_cost_minor
        return cost


def mishaps_of(scenario: Scenario, table: LaneTable, hazmat: Flags, luck: MishapLuck) -> Mishaps:
    """Work out for every order what befalls it under these draws."""
    refusals = [carrier.hazmat_refusal for carrier in scenario.carriers]
    customs, moves = scenario.fulfilment.customs, scenario.customers.address_change
    nothing = np.zeros(len(hazmat))
    return Mishaps(
        refusal_hours=[
            as_array(np.where(hazmat & (uniforms < spec.probability), spec.delay_hours, 0.0) if spec else nothing)
            for spec, uniforms in zip(refusals, luck.refusal, strict=True)
        ],
        papers_hours=as_array(
            _held(customs.papers_missing_share, customs.hold_hours_quantiles, luck.papers) if customs else nothing
        ),
        redirect_hours=as_array(np.where(luck.address < moves.share, moves.redirect_hours, 0.0) if moves else nothing),
        crosses=[lane.crosses_border for lane in table.lanes],
        refusal_cost_minor=tuple(spec.cost_minor if spec else 0 for spec in refusals),
        redirect_cost_minor=moves.cost_minor if moves else 0,
    )


def draw_mishaps(scenario: Scenario, table: LaneTable, noise: Noise, hazmat: Flags, prefix: str = "") -> Mishaps | None:
    """Draw what befalls every order, hazardous or not as given; another prefix makes other draws.

    Returns
    -------
    Mishaps or None
        None where the scenario speaks of no mishap.
    """
    if not mishaps_happen(scenario):
        return None
    n_orders, carriers = len(hazmat), [carrier.carrier_id for carrier in scenario.carriers]
    luck = MishapLuck(
        np.array([noise.uniforms(f"{prefix}refusal/{carrier}", n_orders) for carrier in carriers]),
        noise.uniforms(f"{prefix}papers", n_orders),
        noise.uniforms(f"{prefix}address", n_orders),
    )
    return mishaps_of(scenario, table, hazmat, luck)


def mishaps_happen(scenario: Scenario) -> bool:
    """Whether a scenario speaks of mishaps at all."""
    refusals = any(carrier.hazmat_refusal for carrier in scenario.carriers)
    return bool(refusals or scenario.fulfilment.customs or scenario.customers.address_change)


def _held(share: float, quantiles: tuple[float, ...], uniforms: Floats) -> Floats:
    """Hours in customs: the draws below the share are those without papers, and say how long as well."""
    hours = np.zeros(len(uniforms))
    missing = uniforms < share
    hours[missing] = quantiles_at(quantiles, uniforms[missing] / share)
    return hours
