"""The arms that incidents admitted, laid out as rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.incidents import ARMS
from decision.compensation.rules import CompensationRules
from experiments.questions import incident_of

Integers = NDArray[np.int64]

ARM_NAMES: tuple[str, ...] = tuple(arm.value for arm in ARMS)


@dataclass(frozen=True)
class ArmTable:
    """The arms that each incident admitted, as rows that stand together.

    Parameters
    ----------
    rows : DataFrame
        `incident_id`, `arm` and `propensity`.
    offsets : array of shape (n_incidents + 1,)
        Where each incident's rows start, and the end.
    default_row, chosen_row : arrays of shape (n_incidents,)
        The rules' arm and the logged one, as indices among all rows.
    """

    rows: pd.DataFrame
    offsets: Integers
    default_row: Integers
    chosen_row: Integers

    @classmethod
    def of(cls, incidents: pd.DataFrame) -> ArmTable:
        """Lay out the arms of a log's incidents."""
        names = np.array(ARM_NAMES)
        propensity = incidents[[f"propensity_{name}" for name in names]].to_numpy(dtype=np.float64)
        admitted = propensity > 0
        # Doing nothing is what effects are told against, so it is a row even where it was never drawn.
        admitted[:, 0] = True
        place = admitted.cumsum().reshape(admitted.shape) - 1
        incident, arm = np.nonzero(admitted)
        rows = pd.DataFrame(
            {
                "incident_id": incidents["incident_id"].to_numpy()[incident],
                "arm": names[arm],
                "propensity": propensity[admitted],
            }
        )
        rules = CompensationRules()
        default = [ARMS.index(rules.choose(incident_of(row))) for row in incidents.to_dict("records")]
        chosen = [ARMS.index(name) for name in incidents["arm"]]
        every = np.arange(len(incidents))
        offsets = np.concatenate(([0], admitted.sum(axis=1).cumsum()))
        return cls(rows, offsets, place[every, default], place[every, chosen])
