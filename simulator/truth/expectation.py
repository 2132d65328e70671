"""Expected lateness of parcels that leave at known hours: chance is integrated, not drawn.

A minimum over candidates whose expectations are means of a few draws is fooled by the noise of those draws: an
oracle that takes it looks better than anyone can be. So transit is integrated by the midpoint rule, customs and
mishaps are spread evenly over their range (systematic sampling: one shifted lattice an order), and loss is weighed
by its probability.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from simulator.delivery import Luck, arrivals
from simulator.mishaps import MishapLuck, Mishaps, mishaps_happen, mishaps_of
from simulator.stage import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Each purpose walks the points in another order, so that a long transit does not come with a long hold.
_STRIDES = {"customs": 0.618, "papers": 0.382, "address": 0.236, "refusal": 0.854}


def expected_lateness(
    stage: Stage, lane: Ints, order: Ints, shipped_at_hours: Floats, n_points: int
) -> tuple[Floats, Floats]:
    """Mean lateness and chance of being late of parcels that are collected at these hours.

    Parameters
    ----------
    lane, order : array of int of shape (n_parcels,)
    shipped_at_hours : array of shape (n_parcels,)
    n_points : int
        Points over which transit, customs and mishaps are spread.

    Returns
    -------
    lateness_hours, late_probability : arrays of shape (n_parcels,)
        NaN where `n_points` is 0.
    """
    total, late = (
        np.full(len(lane), np.nan if n_points < 1 else 0.0),
        np.full(len(lane), np.nan if n_points < 1 else 0.0),
    )
    promised_at = stage.demand.promised_at_hours[order]
    lost = np.array([carrier.loss_probability for carrier in stage.scenario.carriers])[stage.table.carrier[lane]]
    replacement = stage.scenario.fulfilment.replacement_hours
    starts = _starts(stage)
    for point in range(n_points):
        luck = _luck(stage, starts, (point, n_points), lane, order)
        late_by = arrivals(stage, lane, shipped_at_hours, luck) - promised_at
        for share, hours in ((1.0 - lost, late_by), (lost, late_by + replacement)):
            total += share * np.maximum(0.0, hours)
            late += share * (hours > 0)
    return total / max(n_points, 1), late / max(n_points, 1)


def _starts(stage: Stage) -> dict[str, Floats]:
    """Where in a point's share of the range each order's draw lies: by order, or by carrier and order."""
    carriers = [item.carrier_id for item in stage.scenario.carriers]
    refusal = np.array([stage.noise.uniforms(f"spread/refusal/{name}", stage.n_orders) for name in carriers])
    by_order = {
        name: stage.noise.uniforms(f"spread/{name}", stage.n_orders) for name in ("customs", "papers", "address")
    }
    return {**by_order, "refusal": refusal}


def _luck(stage: Stage, starts: dict[str, Floats], point: tuple[int, int], lane: Ints, order: Ints) -> Luck:
    number, n_points = point
    spread = {
        purpose: ((number * _stride(share, n_points)) % n_points + starts[purpose]) / n_points
        for purpose, share in _STRIDES.items()
    }
    return Luck(
        transit=np.full(len(lane), (number + 0.5) / n_points),
        # Nobody's parcel is lost here: loss is weighed by its probability.
        loss=np.ones(len(lane)),
        customs=spread["customs"][order],
        order=order,
        mishaps=_mishaps(stage, spread),
    )


def _mishaps(stage: Stage, spread: dict[str, Floats]) -> Mishaps | None:
    if not mishaps_happen(stage.scenario):
        return None
    luck = MishapLuck(spread["refusal"], spread["papers"], spread["address"])
    return mishaps_of(stage.scenario, stage.table, stage.demand.hazmat, luck)


def _stride(share: float, n_points: int) -> int:
    """A step that visits every point once, about this share of them apart."""
    step = max(1, round(share * n_points))
    while gcd(step, n_points) != 1:
        step += 1
    return step
