"""Loss and damage of parcels that leave at known hours: whether they are whole, and how likely they are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.stage import Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def broken(stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats) -> Flags:
    """Whether a parcel is lost, damaged or spoiled under the draws of the day itself, shape (n_parcels,)."""
    carrier = stage.table.carrier[lane]
    lost = np.array(stage.loss_noise)[carrier, order] < _of_carriers(stage, "loss_probability")[carrier]
    damaged = np.array(stage.damage_noise)[carrier, order] < _of_carriers(stage, "damage_probability")[carrier]
    either: Flags = lost | damaged | spoiled(stage, order, lane, shipped_at_hours)
    return either


def broken_probability(stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats) -> Floats:
    """Probability that a parcel is lost or damaged; 1 for one that spoils. Exact, shape (n_parcels,)."""
    carrier = stage.table.carrier[lane]
    lost, damaged = (_of_carriers(stage, name)[carrier] for name in ("loss_probability", "damage_probability"))
    probability: Floats = np.where(
        spoiled(stage, order, lane, shipped_at_hours), 1.0, 1.0 - (1.0 - lost) * (1.0 - damaged)
    )
    return probability


def spoiled(stage: Stage, order: Ints, lane: Ints, shipped_at_hours: Floats) -> Flags:
    """Whether cold goods leave a node without cooling, shape (n_parcels,)."""
    warm = np.zeros(len(order), dtype=np.bool_)
    node = stage.table.node[lane]
    for place, troubles in enumerate(stage.troubles):
        if troubles.cooling.changes_at_hours:
            mine = node == place
            warm[mine] = troubles.cooling.many_at(shipped_at_hours[mine]) == 0
    spoils: Flags = warm & stage.demand.cold_chain[order]
    return spoils


def _of_carriers(stage: Stage, name: str) -> Floats:
    return np.array([getattr(carrier, name) for carrier in stage.scenario.carriers])
