"""Doubts about a log: where it has evidence, whether something unseen moved it, and how strong that must have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.decision_log.dataset import DecisionLog
from decision.contrasts import compensation_contrast, routing_contrast
from decision.logged_choices import LoggedChoices
from decision.overlap.estimated import compensation_propensities, routing_propensities
from decision.overlap.report import OverlapReport, agreement_with, overlap_report
from decision.sensitivity.contrast import Sensitivity, contrast_sensitivity
from decision.sensitivity.hidden_confounding import (
    HiddenConfounding,
    PropensitySource,
    compensation_confounding,
    routing_confounding,
)
from experiments.losses import Pricing, observed_compensation_loss, observed_routing_loss
from experiments.split import part

# Propensities are estimated for comparison on the first so many orders: they stand for the rest.
COMPARED_ORDERS = 4_000


@dataclass(frozen=True)
class Doubts:
    """What a log says against itself."""

    overlap: OverlapReport
    hidden_confounding: HiddenConfounding
    sensitivity: Sensitivity

    @property
    def sentences(self) -> tuple[str, ...]:
        """For people: one sentence each."""
        return (self.overlap.words, self.hidden_confounding.words, self.sensitivity.words)


def routing_doubts(log: DecisionLog, pricing: Pricing, source: PropensitySource) -> Doubts:
    """Doubts about the orders of a log."""
    loss = observed_routing_loss(log, pricing)
    return Doubts(
        overlap=_routing_overlap(log, source),
        hidden_confounding=routing_confounding(log, loss, source),
        sensitivity=contrast_sensitivity(routing_contrast(log, loss)),
    )


def compensation_doubts(incidents: pd.DataFrame, pricing: Pricing, source: PropensitySource, *, seed: int) -> Doubts:
    """Doubts about the incidents of a log."""
    loss = observed_compensation_loss(incidents, pricing)
    choices, agreement = LoggedChoices.of_compensation(incidents), None
    if source is PropensitySource.LOGGED:
        agreement = agreement_with(choices, compensation_propensities(incidents, seed=seed).ravel())
    return Doubts(
        overlap=overlap_report("compensation", choices, incidents["incident_type"], source, agreement=agreement),
        hidden_confounding=compensation_confounding(incidents, loss, source),
        sensitivity=contrast_sensitivity(compensation_contrast(incidents)),
    )


def _routing_overlap(log: DecisionLog, source: PropensitySource) -> OverlapReport:
    agreement = None
    if source is PropensitySource.LOGGED:
        few = part(log, pd.Series(np.arange(len(log.orders)) < COMPARED_ORDERS))
        agreement = agreement_with(LoggedChoices.of_routing(few), routing_propensities(few))
    return overlap_report("routing", LoggedChoices.of_routing(log), log.orders["region"], source, agreement=agreement)
