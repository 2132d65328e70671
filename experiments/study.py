"""What a training finds out about the model of one decision: routing or compensation."""

from __future__ import annotations

from dataclasses import dataclass

from decision.identification import Identification
from decision.refutation import RefutationReport
from experiments.heldout import HeldOutCheck
from experiments.logged_value import LoggedGain


@dataclass(frozen=True)
class Study:
    """Findings about one decision's model.

    Parameters
    ----------
    logged : LoggedGain
        By the log alone.
    check : HeldOutCheck or None
        By the simulator's truth; None where the log has none.
    """

    n_training: int
    identification: Identification
    refutation: RefutationReport
    logged: LoggedGain
    check: HeldOutCheck | None
