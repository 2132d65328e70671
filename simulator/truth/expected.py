"""What parcels that leave at known hours have to expect: chance is integrated, not drawn.

A minimum over candidates whose expectations are means of a few draws is fooled by the noise of those draws: an
oracle that takes it looks better than anyone can be. So transit is averaged over one draw in each of many strata,
customs and mishaps over a rotated lattice beside them (Cranley & Patterson 1976, "Randomization of number theoretic
methods for multiple integration"), and loss and damage are weighed by their probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.delivery import Luck, arrivals
from simulator.mishaps import MishapLuck, Mishaps, mishaps_happen, mishaps_of
from simulator.noise import Noise
from simulator.stage import Stage
from simulator.truth.damage import broken_probability

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Steps of an additive lattice in five dimensions: powers of the root of x**6 = x + 1.
_LATTICE_STEP = 1.0 / 1.1347241384015194 ** np.arange(1, 6)
# Parcels integrated at once: as many as a cache holds.
_BLOCK = 2_048


@dataclass(frozen=True, slots=True)
class Journey:
    """What parcels have to expect after their collection, each of shape (n_parcels,).

    Parameters
    ----------
    damage_probability : array
        That a parcel is lost, or comes damaged or spoiled.
    mishap_cost_minor : array
        Expected cost of refusals and redirections.
    """

    lateness_hours: Floats
    late_probability: Floats
    damage_probability: Floats
    mishap_cost_minor: Floats


def expected_journey(
    stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats, noise: Noise, n_points: int
) -> Journey:
    """Average over transit, loss, damage, customs and mishaps.

    Parameters
    ----------
    order, lane, shipped_at_hours : array of shape (n_parcels,)
        Their orders, lanes and moments of collection; parcels of one order share their draws.
    noise : Noise
        Rotates the draws of each order.
    n_points : int
        Points over which transit, customs and mishaps are spread; 0 leaves everything NaN.
    """
    n_parcels = len(order)
    if n_points < 1:
        unknown = np.full(n_parcels, np.nan)
        return Journey(unknown, unknown.copy(), unknown.copy(), unknown.copy())
    lateness, late, cost = np.empty(n_parcels), np.empty(n_parcels), np.empty(n_parcels)
    rotation = noise.uniforms("journey", 5 * (int(order.max(initial=-1)) + 1)).reshape(-1, 5)
    for start in range(0, n_parcels, _BLOCK):
        part = slice(start, start + _BLOCK)
        found = _integrated(stage, order[part], lane[part], shipped_at_hours[part], (rotation, n_points))
        lateness[part], late[part], cost[part] = found
    return Journey(lateness, late, broken_probability(stage, order, lane, shipped_at_hours), cost)


def _integrated(
    stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats, lattice: tuple[Floats, int]
) -> tuple[Floats, Floats, Floats]:
    rotation, n_points = lattice
    orders, place = np.unique(order, return_inverse=True)
    draws = _spread(rotation[orders], n_points)
    mishaps = _mishaps(stage, orders, draws)
    # Every order has a number for each of its points: mishaps are looked up by it.
    point = (place[None, :] * n_points + np.arange(n_points)[:, None]).ravel()
    lanes, carriers = np.tile(lane, n_points), np.tile(stage.table.carrier[lane], n_points)
    # Nobody's parcel is lost here: loss is weighed by its probability.
    luck = Luck(draws[0].ravel()[point], np.ones(len(point)), draws[1].ravel()[point], point, mishaps)
    arrive_at = arrivals(stage, lanes, np.tile(shipped_at_hours, n_points), luck).reshape(n_points, -1)
    late_by = arrive_at - stage.demand.promised_at_hours[order]
    lost = np.array([carrier.loss_probability for carrier in stage.scenario.carriers])[stage.table.carrier[lane]]
    lateness, late = np.zeros(len(order)), np.zeros(len(order))
    for share, hours in ((1.0 - lost, late_by), (lost, late_by + stage.scenario.fulfilment.replacement_hours)):
        lateness += share * np.maximum(0.0, hours).mean(axis=0)
        late += share * (hours > 0).mean(axis=0)
    if mishaps is None:
        return lateness, late, np.zeros(len(order))
    return lateness, late, mishaps.cost_minor(point, lanes, carriers).reshape(n_points, -1).mean(axis=0)


def _spread(rotation: Floats, n_points: int) -> Floats:
    """Even draws of transit, customs, refusal, papers and address, shape (5, n_orders, n_points)."""
    start, points = rotation.T[:, :, None], np.arange(n_points)
    drawn: Floats = (start + points * _LATTICE_STEP[:, None, None]) % 1.0
    drawn[0] = (points + start[0]) / n_points
    return drawn


def _mishaps(stage: Stage, orders: Ints, draws: Floats) -> Mishaps | None:
    """What befalls each order at each point, numbered order by order."""
    if not mishaps_happen(stage.scenario):
        return None
    refusal, papers, address = (drawn.ravel() for drawn in draws[2:])
    luck = MishapLuck(np.tile(refusal, (len(stage.scenario.carriers), 1)), papers, address)
    return mishaps_of(stage.scenario, stage.table, np.repeat(stage.demand.hazmat[orders], draws.shape[2]), luck)
