"""Expected lateness over what chance does to a parcel after its collection, by the world's own code on even draws.

Transit is averaged over one draw in each of many strata; customs and mishaps over a rotated lattice beside them
(Cranley & Patterson 1976, "Randomization of number theoretic methods for multiple integration"); a lost parcel and
one that is not lost are both played and weighed by the probability of loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.delivery import Luck, arrivals
from simulator.mishaps import MishapLuck, Mishaps, mishaps_happen, mishaps_of
from simulator.noise import Noise
from simulator.stage import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_STRATA = 32
# Steps of an additive lattice in five dimensions: powers of the root of x**6 = x + 1.
_LATTICE_STEP = 1.0 / 1.1347241384015194 ** np.arange(1, 6)


@dataclass(frozen=True, slots=True)
class Journey:
    """What parcels have to expect after their collection, each of shape (n_parcels,).

    Parameters
    ----------
    mishap_cost_minor : array
        Expected cost of refusals and redirections.
    """

    lateness_hours: Floats
    late_probability: Floats
    mishap_cost_minor: Floats


def expected_journey(stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats, noise: Noise) -> Journey:
    """Average over transit, loss, customs and mishaps.

    Parameters
    ----------
    order, lane, shipped_at_hours : array of shape (n_parcels,)
        Their orders, lanes and moments of collection; parcels of one order share their draws.
    noise : Noise
        Rotates the draws of each order.
    """
    orders, place = np.unique(order, return_inverse=True)
    draws = _lattice(orders, noise)
    mishaps = _mishaps(stage, orders, draws)
    drawn_for = (place[None, :] * N_STRATA + np.arange(N_STRATA)[:, None]).ravel()
    lanes, leaves = np.tile(lane, N_STRATA), np.tile(shipped_at_hours, N_STRATA)
    promised_at = np.tile(stage.demand.promised_at_hours[order], N_STRATA)
    loss = np.array([item.loss_probability for item in stage.scenario.carriers])[stage.table.carrier[lane]]
    lateness, late = np.zeros(len(order)), np.zeros(len(order))
    for uniform, weight in ((1.0, 1.0 - loss), (0.0, loss)):
        luck = Luck(
            draws[0].ravel()[drawn_for],
            np.full(len(drawn_for), uniform),
            draws[1].ravel()[drawn_for],
            drawn_for,
            mishaps,
        )
        late_by = (arrivals(stage, lanes, leaves, luck) - promised_at).reshape(N_STRATA, -1)
        lateness += weight * np.maximum(0.0, late_by).mean(axis=0)
        late += weight * (late_by > 0).mean(axis=0)
    cost = np.zeros(len(order))
    if mishaps is not None:
        drawn_cost = mishaps.cost_minor(drawn_for, lanes, stage.table.carrier[lanes])
        cost = drawn_cost.reshape(N_STRATA, -1).mean(axis=0)
    return Journey(lateness, late, cost)


def _lattice(orders: Ints, noise: Noise) -> Floats:
    """Even draws of transit, customs, refusal, papers and address, shape (5, n_orders, N_STRATA)."""
    n_known = int(orders.max(initial=-1)) + 1
    rotation = noise.uniforms("journey", 5 * n_known).reshape(n_known, 5)[orders].T[:, :, None]
    steps = np.arange(N_STRATA)
    drawn: Floats = (rotation + steps * _LATTICE_STEP[:, None, None]) % 1.0
    drawn[0] = (steps + rotation[0]) / N_STRATA
    return drawn


def _mishaps(stage: Stage, orders: Ints, draws: Floats) -> Mishaps | None:
    """What befalls each order in each stratum, numbered order by order."""
    if not mishaps_happen(stage.scenario):
        return None
    refusal, papers, address = (drawn.ravel() for drawn in draws[2:])
    luck = MishapLuck(np.tile(refusal, (len(stage.scenario.carriers), 1)), papers, address)
    return mishaps_of(stage.scenario, stage.table, np.repeat(stage.demand.hazmat[orders], N_STRATA), luck)
