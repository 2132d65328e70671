"""What a training leaves in MLflow: parameters, figures, metrics, lineage, verdict and the artefact."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.decision_log.dataset import NETWORK_NAME
from data.manifest import MANIFEST_NAME, read_manifest, sha256_of, write_manifest
from data.network import Network
from decision.artefact import save_artefact
from decision.compensation.model import CompensationModel
from decision.evidence import Evidence
from decision.routing.model import RoutingModel
from experiments.datasets import LoadedDataset
from experiments.doubts import Doubts
from experiments.figures import calibration_figure, coverage_figure, gain_figure
from experiments.gate import Verdict
from experiments.study import Study
from experiments.tracking import Lineage, RunLog

ARTEFACT_NAME = "artefact"
LIBRARIES = ("routecause", "econml", "dowhy", "scikit-learn", "numpy", "pandas", "mlflow", "simpy")
METRIC_FIELDS = (
    "rules_mean",
    "causal_mean",
    "oracle_mean",
    "regret_share",
    "changed_share",
    "coverage",
    "ece_best",
    "ece_near_best",
    "automatic_share",
    "automatic_accuracy",
)


def versions() -> dict[str, str]:
    """Versions of what a model was made with."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def write_artefact(
    folder: Path,
    models: tuple[RoutingModel, CompensationModel],
    evidence: Evidence,
    network: Network,
    facts: dict[str, Any],
) -> None:
    """Write the light artefact and the network that it was trained on, under one manifest."""
    save_artefact(folder, *models, facts, evidence.to_parts())
    manifest = read_manifest(folder)
    network.save(folder / NETWORK_NAME)
    write_manifest(folder, {name: value for name, value in manifest.items() if name != "files"})


def record_inputs(run: RunLog, dataset: LoadedDataset) -> None:
    """Record which log, and which truth, a run read."""
    profile = {"n_orders": len(dataset.log.orders), "n_incidents": len(dataset.log.incidents)}
    lineage = [Lineage("decision_log", "training", dataset.digest, str(dataset.folder), json.dumps(profile))]
    if dataset.truth is not None and dataset.truth_folder is not None:
        rows = {"n_routing": len(dataset.truth.routing), "n_compensation": len(dataset.truth.compensation)}
        digest = sha256_of(dataset.truth_folder / MANIFEST_NAME)
        held_out = ("truth", "evaluation", digest, str(dataset.truth_folder), json.dumps(rows))
        lineage.append(Lineage(*held_out))
    run.lineage(lineage)
    known = ("source", "scenario", "scenario_sha256", "policy", "exploration", "seed", "n_orders")
    run.params({f"log.{name}": dataset.facts[name] for name in known if name in dataset.facts})


def record_findings(run: RunLog, studies: dict[str, Study], verdict: Verdict) -> None:
    """Record what was measured, draw it, and say what the gate made of it."""
    for name, study in studies.items():
        run.metrics(metrics_of(name, study))
        run.figure(gain_figure(_gains(study), title=f"{name.capitalize()}: gain over the rules"), f"{name}_gain")
        run.document(asdict(study.identification), f"{name}_identification.json")
        run.document(asdict(study.refutation), f"{name}_refutation.json")
        if study.doubts is not None:
            run.document({**asdict(study.doubts), "sentences": study.doubts.sentences}, f"{name}_doubts.json")
        if study.audit is not None:
            run.document(asdict(study.audit), f"{name}_audit.json")
    checks = {name: study.check for name, study in studies.items() if study.check is not None}
    if checks:
        run.figure(calibration_figure(checks), "calibration")
        run.figure(coverage_figure(checks), "coverage")
    run.document({"passed": verdict.passed, "checks": [asdict(check) for check in verdict.checks]}, "gate.json")
    run.tags({"gate": "passed" if verdict.passed else "refused", **versions()})
    run.tags({f"refused.{check.name}": check.sentence() for check in verdict.refusals})


def record_evidence(run: RunLog, evidence: Evidence) -> None:
    """Record how faithful the policy tree is, and how many cases there are to compare with."""
    if evidence.tree is not None:
        run.metrics({f"explanation.{name}": float(value) for name, value in asdict(evidence.tree.fidelity).items()})
    if evidence.casebook is not None:
        run.metrics({"precedents.n_cases": float(evidence.casebook.n_cases)})


def metrics_of(name: str, study: Study) -> dict[str, float]:
    """The figures of a study that are numbers, each under the decision's name."""
    logged = study.logged
    figures = {
        "n_training": float(study.n_training),
        "n_held_out": float(logged.n_decisions),
        "logged_gain": logged.difference.point,
        "logged_gain_lower": logged.difference.lower,
        "logged_gain_upper": logged.difference.upper,
        "effective_sample_size": logged.effective_sample_size,
        "unsupported_share": logged.unsupported_share,
        **{f"refutation_{item.name}": item.relative_change for item in study.refutation.checks},
    }
    if study.check is not None:
        gain = study.check.difference
        figures |= {"true_gain": gain.point, "true_gain_lower": gain.lower, "true_gain_upper": gain.upper}
        figures |= {field: getattr(study.check, field) for field in METRIC_FIELDS}
    if study.doubts is not None:
        figures |= _doubt_figures(study.doubts)
    return {f"{name}.{field}": value for field, value in figures.items() if math.isfinite(value)}


def _doubt_figures(doubts: Doubts) -> dict[str, float]:
    return {
        "overlap_effective_sample_size": doubts.overlap.effective_sample_size,
        "overlap_outside_share": doubts.overlap.outside_share,
        "propensity_calibration_error": doubts.overlap.calibration_error,
        "hidden_confounding_p_value": doubts.hidden_confounding.p_value,
        "robustness_value": doubts.sensitivity.robustness_value,
        "robustness_value_interval": doubts.sensitivity.robustness_value_interval,
        "e_value": doubts.sensitivity.e_value,
        "multiple_of_strongest": doubts.sensitivity.multiple_of_strongest,
    }


def _gains(study: Study) -> dict[str, Any]:
    logged = study.logged.difference
    gains = {"by the log (switch-DR)": logged} if math.isfinite(logged.point) else {}
    if study.check is None:
        return gains
    return {"by the truth": study.check.difference, "automatic ones alone": study.check.automatic_difference, **gains}
