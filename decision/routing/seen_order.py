"""An order as the model sees it: which of its candidates can be compared, and which comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet
from decision.confidence import INTERVAL_Z
from decision.routing.question import RoutingCase
from decision.routing.scoring import Scores

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Losses closer than this are the same loss; the order of rows must not decide through rounding.
SAME_LOSS_DECIMALS = 6


@dataclass(frozen=True)
class SeenOrder:
    """One order as the model sees it; arrays are of shape (n_rows,)."""

    case: RoutingCase
    prices: Floats
    scored: Scores
    finite: Flags
    familiar: Flags
    explored: Flags
    busy: Flags

    @cached_property
    def told(self) -> bool:
        """Whether there is a finite number for everything that is compared."""
        finite = self.finite.tolist()
        return finite[self.case.reference] and all(finite[row] for row in self.case.screening.feasible)

    @cached_property
    def ranking(self) -> list[int]:
        """Feasible rows, best first."""
        judged = self.scored.loss
        if self.case.question.risk_averse:
            judged = judged + INTERVAL_Z * self.scored.loss_error
        return ranked_rows(judged, self.case.choices, self.case.screening.feasible, self.case.reference)


def ranked_rows(loss: Floats, choices: ChoiceSet, feasible: Sequence[int], reference: int) -> list[int]:
    """Feasible rows, smallest loss first; on a tie the current choice stays, then the alphabet decides."""
    rounded = np.round(loss, SAME_LOSS_DECIMALS).tolist()
    return sorted(feasible, key=lambda row: (rounded[row], row != reference, choices.candidate_id[row]))
