"""Which facts of an incident make an arm worth more, or less, than it is for a typical one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.decisions import Driver
from data.incidents import CompensationArm
from decision.compensation.features import SUBJECTS, IncidentColumns, incident_features
from decision.compensation.model import CompensationModel

Floats = NDArray[np.float64]

_NO_DIFFERENCE_MINOR = 0.005


def drivers(
    model: CompensationModel, columns: IncidentColumns, prices: Floats, arm: CompensationArm
) -> tuple[Driver, ...]:
    """Change of an arm's loss when one fact after the other is replaced by the training log's median.

    A driver's `recommended` is the fact as it is and `current` the typical one. Prices stay those of the
    incident, so a driver speaks of effects and not of what the customer is worth. Doing nothing changes
    nothing, and so has no drivers.

    Parameters
    ----------
    prices : array of shape (n_outcomes,)
        Loss per unit of each learned outcome of this arm, in minor currency units.
    """
    if arm is CompensationArm.NONE:
        return ()
    row = columns.subjects[0]
    variants = np.vstack((row, *(_replaced(row, place, model.typical.reference) for place in range(len(SUBJECTS)))))
    repeated = IncidentColumns(variants, columns.incident_type * len(variants), columns.value_tier * len(variants))
    effects = model.effects(incident_features(repeated)).point[:, :, model.arms.index(arm.value)]
    loss = effects @ prices
    found = [
        Driver(name, float(row[place]), float(model.typical.reference[place]), float(loss[0] - loss[1 + place]))
        for place, name in enumerate(SUBJECTS)
        if abs(loss[0] - loss[1 + place]) > _NO_DIFFERENCE_MINOR
    ]
    return tuple(sorted(found, key=lambda driver: -abs(driver.objective_minor)))


def _replaced(row: Floats, place: int, reference: Floats) -> Floats:
    changed = row.copy()
    changed[place] = reference[place]
    return changed
