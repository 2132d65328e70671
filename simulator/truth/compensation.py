"""Potential outcomes of compensation: every allowed arm of every incident, the same customer and the same chance."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data.choices import ArmChoice
from data.incidents import CompensationArm
from simulator.aftercare import reaction
from simulator.customers import NO_APPEASEMENT, arms_on_offer, full_cost_minor, reaction_probabilities
from simulator.errors import TruthError
from simulator.identifiers import incident_id
from simulator.incident_log import IncidentRecord
from simulator.run import WorldRun

COLUMNS = (
    "incident_id",
    "arm",
    "repurchase_90d",
    "churn_90d",
    "cost_minor",
    "expected_repurchase_probability",
    "expected_churn_probability",
    "expected_cost_minor",
)


def compensation_truth(run: WorldRun) -> pd.DataFrame:
    """Play every allowed arm of every incident of a run.

    Returns
    -------
    DataFrame
        One row an incident and allowed arm: incident_id, arm, repurchase_90d, churn_90d, cost_minor and their
        expectations over the customer's chance, expected_repurchase_probability, expected_churn_probability,
        expected_cost_minor.

    Raises
    ------
    TruthError
        If playing the factual arm does not reproduce the factual reaction.
    """
    spec = run.stage.scenario.customers
    rows = [
        _row(run, incident, arm) for incident in run.record.incidents for arm in arms_on_offer(spec, incident.grievance)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {"repurchase_90d": bool, "churn_90d": bool, "cost_minor": "int64", "expected_cost_minor": float}
    )


def _row(run: WorldRun, incident: IncidentRecord, arm: CompensationArm) -> tuple[Any, ...]:
    grievance = incident.grievance
    played = reaction(run.stage, incident.order, grievance, ArmChoice(arm, ()))
    if arm is incident.choice.arm and played != (incident.repurchase, incident.churn, incident.cost_minor):
        msg = f"replaying the factual arm of order {incident.order} gave {played}; was the run changed after it ended?"
        raise TruthError(msg)
    customers = run.stage.scenario.customers
    p_repurchase, p_churn = reaction_probabilities(customers, grievance, arm)
    spec = customers.arms.get(arm, NO_APPEASEMENT)
    taken_up = p_repurchase if spec.cost_only_if_repurchase else 1.0
    cost = taken_up * full_cost_minor(spec, grievance.order_value_minor)
    return incident_id(incident.order), arm.value, *played, p_repurchase, p_churn, cost
