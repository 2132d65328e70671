"""What a training finds out about the model of one decision: routing or compensation."""

from __future__ import annotations

from dataclasses import dataclass

from decision.identification import Identification
from decision.refutation import RefutationReport
from decision.routing.audit import LearnerAudit
from experiments.changes import Change
from experiments.doubts import Doubts
from experiments.heldout import HeldOutCheck
from experiments.logged_value import LoggedGain
from experiments.value_calibration import ValueBin


@dataclass(frozen=True)
class TrueFindings:
    """What the truth says of the held-out decisions.

    Parameters
    ----------
    changes : dict of str to Change
        The difference to the rules, outcome by outcome.
    redrawn : HeldOutCheck or None
        The check by expectations over redrawn futures, which no hindsight spoils; None where few were redrawn.
    """

    check: HeldOutCheck
    changes: dict[str, Change]
    redrawn: HeldOutCheck | None = None

    @property
    def of_confidence(self) -> HeldOutCheck:
        """What intervals and confidence are judged by: redrawn futures where there are any."""
        return self.redrawn or self.check


@dataclass(frozen=True)
class Study:
    """Findings about one decision's model.

    Parameters
    ----------
    logged : LoggedGain
        By the log alone.
    true : TrueFindings or None
        By the simulator's truth; None where the log has none.
    doubts : Doubts or None
        Overlap, signs of hidden confounding and sensitivity of the log it was trained on.
    audit : LearnerAudit or None
        EconML's word on a learner that is not its own; None where the model is EconML's.
    value : tuple of ValueBin
        By confidence: the gain that the model predicts beside the one that the log bears out.
    learner : str
        What answers, in a few words.
    """

    n_training: int
    identification: Identification
    refutation: RefutationReport
    logged: LoggedGain
    true: TrueFindings | None
    doubts: Doubts | None = None
    audit: LearnerAudit | None = None
    value: tuple[ValueBin, ...] = ()
    learner: str = ""

    @property
    def check(self) -> HeldOutCheck | None:
        """The held-out check against the truth, where there is one."""
        return self.true.check if self.true else None
