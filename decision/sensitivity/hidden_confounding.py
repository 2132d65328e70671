"""Signs in a log that something moved its choices which it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from data.decision_log.dataset import DecisionLog
from decision.logged_choices import Floats, LoggedChoices
from decision.sensitivity.logged_draws import DrawTest, Witnesses, WitnessScore, draw_test
from decision.sensitivity.witnesses import compensation_witnesses, routing_witnesses

# A clean log is accused once in two hundred.
LEVEL = 0.005
N_SHOWN = 3


class PropensitySource(StrEnum):
    """Where propensities come from."""

    LOGGED = "logged"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class HiddenConfounding:
    """What a log says of causes that it does not hold.

    Parameters
    ----------
    source : PropensitySource
        Estimated propensities fit whatever was done, a meddler's choices too: then only earlier losses can tell,
        and that nothing was found says little.
    p_value : float
        Chance of such signs in a log whose choices were drawn as it says.
    strongest : tuple of WitnessScore
        The most telling witnesses.
    n_witnesses : int
        Witnesses that could be judged; with none, nothing can be told.
    """

    decision: str
    source: PropensitySource
    n_decisions: int
    n_witnesses: int
    p_value: float
    strongest: tuple[WitnessScore, ...]

    @property
    def flagged(self) -> bool:
        """Whether the log accuses itself."""
        return self.p_value <= LEVEL

    @property
    def words(self) -> str:
        """The finding as one sentence."""
        if not self.n_witnesses:
            return "cannot tell: no choice was open enough to be judged; see the robustness value"
        if self.flagged:
            seen = ", ".join(f"{score.witness} (z {score.z:+.1f})" for score in self.strongest)
            return f"choices were moved by something the log does not hold (p {self.p_value:.1e}): {seen}"
        if self.source is PropensitySource.ESTIMATED:
            return "cannot tell: propensities were estimated from these very choices; see the robustness value"
        return f"choices agree with their logged propensities (p {self.p_value:.2f}, {self.n_witnesses} witnesses)"


def routing_confounding(
    log: DecisionLog, loss_minor: Floats, source: PropensitySource = PropensitySource.LOGGED
) -> HiddenConfounding:
    """Judge the choices of a routing log.

    Parameters
    ----------
    loss_minor : array of shape (n_orders,)
        Objective of each order as it turned out, in minor currency units.
    """
    return _found("routing", LoggedChoices.of_routing(log), routing_witnesses(log, loss_minor), source)


def compensation_confounding(
    incidents: pd.DataFrame, loss_minor: Floats, source: PropensitySource = PropensitySource.LOGGED
) -> HiddenConfounding:
    """Judge the choices of a decision log's `incidents`; parameters as for `routing_confounding`."""
    witnesses = compensation_witnesses(incidents, loss_minor)
    return _found("compensation", LoggedChoices.of_compensation(incidents), witnesses, source)


def _found(decision: str, choices: LoggedChoices, witnesses: Witnesses, source: PropensitySource) -> HiddenConfounding:
    if source is PropensitySource.ESTIMATED:
        witnesses = _earlier_only(witnesses)
    test: DrawTest = draw_test(choices, witnesses)
    return HiddenConfounding(
        decision=decision,
        source=source,
        n_decisions=choices.n_decisions,
        n_witnesses=len(test.scores),
        p_value=test.p_value,
        strongest=test.scores[:N_SHOWN],
    )


def _earlier_only(witnesses: Witnesses) -> Witnesses:
    """The witnesses that estimated propensities were not fitted to."""
    kept = [place for place, name in enumerate(witnesses.names) if "earlier" in name]
    return Witnesses(tuple(witnesses.names[place] for place in kept), witnesses.table[:, kept])
