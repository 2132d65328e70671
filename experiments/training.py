"""Training: identify, fit, calibrate, refute, value off-policy, check against the truth, gate, register."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from data.home import Home
from data.shelf import CHAMPION, MODEL_NAME, ShelfEntry
from decision.compensation.model import CompensationModel
from decision.evidence import Evidence
from decision.explanation.branch import Fidelity
from decision.routing.model import RoutingModel
from decision.routing.recommendation import recommend_many
from decision.sensitivity.hidden_confounding import PropensitySource
from experiments.champion import contest
from experiments.compensation_study import study_compensation
from experiments.datasets import LoadedDataset, load_dataset
from experiments.doubts import compensation_doubts, routing_doubts
from experiments.evidence import evidence_of
from experiments.gate import Verdict
from experiments.gate_rules import judge
from experiments.losses import Pricing
from experiments.other_runs import other_runs
from experiments.recording import (
    ARTEFACT_NAME,
    record_evidence,
    record_findings,
    record_inputs,
    versions,
    write_artefact,
)
from experiments.registry import promote, register
from experiments.routing_study import KnownOrders, study_routing
from experiments.split import Split, split_by_time
from experiments.study import Study
from experiments.tracking import RunLog, open_client, run_log

Steps = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What to train on.

    Parameters
    ----------
    log : Path
        A decision log, or the data set that holds it.
    truth : Path or None
        The truth that was simulated with it; None looks beside the log.
    seed : int
        Seeds folds, samples and placebos.
    calibrate_on : tuple of Path
        Simulated data sets of other runs, with redrawn truth, to calibrate routing on beside the log's own.
    """

    log: Path
    truth: Path | None = None
    seed: int = 1
    calibrate_on: tuple[Path, ...] = ()


@dataclass(frozen=True)
class TrainingReport:
    """What a training made and found.

    Parameters
    ----------
    model : ShelfEntry
        The registered version, which exists whether or not it passed the gate.
    studies : dict of str to Study
        `routing` and `compensation`.
    fidelity : Fidelity or None
        How often the policy tree says what the routing policy does; None where the log was too short to grow one.
    """

    run_id: str
    store: str
    model: ShelfEntry
    verdict: Verdict
    studies: dict[str, Study]
    fidelity: Fidelity | None = None

    @property
    def promoted(self) -> bool:
        """Whether the model is the champion now."""
        return self.verdict.passed

    def to_plain(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "mlflow": {"store": self.store, "run_id": self.run_id, "model_version": self.model.version},
            "model": MODEL_NAME,
            "promoted": self.promoted,
            "alias": CHAMPION if self.promoted else None,
            "checks": [asdict(check) for check in self.verdict.checks],
            "explanation": None if self.fidelity is None else asdict(self.fidelity),
            "studies": {name: asdict(study) for name, study in self.studies.items()},
        }


@dataclass(frozen=True)
class _Found:
    """Both models, and what was found out about them."""

    models: tuple[RoutingModel, CompensationModel]
    evidence: Evidence
    studies: dict[str, Study]
    verdict: Verdict


def train(request: TrainingRequest, home: Home, on_step: Steps) -> TrainingReport:
    """Train on a log, record the run in MLflow, register the model, and make it champion if the gate lets it.

    Parameters
    ----------
    on_step : callable
        Told in words what is done next.

    Raises
    ------
    DataError
        If log or truth cannot be read.
    ExperimentsError
        If the log is too short, the truth is another log's, or MLflow's store cannot be opened.
    DecisionError
        If the log cannot teach a model.
    """
    on_step("reading the log")
    dataset = load_dataset(request.log, request.truth)
    elsewhere = other_runs(request.calibrate_on, dataset)
    split = split_by_time(dataset.log)
    on_step("opening MLflow")
    client = open_client(home)
    name = f"{MODEL_NAME} on {dataset.digest[:8]}"
    with run_log(client, home, name=name, tags={"seed": str(request.seed)}) as run:
        record_inputs(run, dataset)
        run.params({"seed": request.seed, **_sizes(split), "n_calibrating_runs": len(elsewhere)})
        # One thread: pools of linear algebra that wait for each other took eight times as long on two busy cores.
        with threadpool_limits(1):
            found = _find_out(dataset, split, elsewhere, request.seed, on_step)
            found = _against_champion(found, home, split, request.seed, on_step)
        on_step("recording and registering")
        record_findings(run, found.studies, found.verdict)
        record_evidence(run, found.evidence)
        model = _register(client, home, run, dataset, found)
        if found.verdict.passed:
            promote(client, home, model.version)
        run.tags({"model_version": model.version, "promoted": found.verdict.passed})
    fidelity = None if found.evidence.tree is None else found.evidence.tree.fidelity
    return TrainingReport(run.run_id, home.mlflow_uri, model, found.verdict, found.studies, fidelity)


def _find_out(
    dataset: LoadedDataset, split: Split, elsewhere: tuple[KnownOrders, ...], seed: int, on_step: Steps
) -> _Found:
    pricing = Pricing()
    on_step("routing: identify, fit, calibrate, refute, judge")
    routing, routing_found = study_routing(split, dataset.truth, pricing, seed=seed, elsewhere=elsewhere)
    on_step("compensation: identify, fit, calibrate, refute, judge")
    compensation, compensation_found = study_compensation(split, dataset.truth, pricing, seed=seed)
    on_step("overlap, hidden confounding, sensitivity")
    source, past = PropensitySource(dataset.propensities), split.training
    studies = {
        "routing": replace(routing_found, doubts=routing_doubts(past, pricing, source)),
        "compensation": replace(
            compensation_found, doubts=compensation_doubts(past.incidents, pricing, source, seed=seed)
        ),
    }
    on_step("explanation: grow the policy tree, measure it, gather resolved incidents")
    evidence = evidence_of(dataset.log, split, partial(recommend_many, routing), pricing, seed=seed)
    return _Found((routing, compensation), evidence, studies, judge(studies))


def _against_champion(found: _Found, home: Home, split: Split, seed: int, on_step: Steps) -> _Found:
    on_step("comparing with the present champion")
    rivals = contest(home, split, found.models, Pricing(), seed=seed)
    return replace(found, verdict=Verdict((*found.verdict.checks, *rivals.checks())))


def _register(client: Any, home: Home, run: RunLog, dataset: LoadedDataset, found: _Found) -> ShelfEntry:
    gate = "passed" if found.verdict.passed else "refused"
    facts = {
        "model": MODEL_NAME,
        "run_id": run.run_id,
        "trained_on": {"log_sha256": dataset.digest, **_origin(dataset.facts)},
        "pricing": asdict(Pricing()),
        "gate": {"outcome": gate, "refused": [check.sentence() for check in found.verdict.refusals]},
        "versions": versions(),
    }
    with tempfile.TemporaryDirectory(prefix="routecause-") as scratch:
        folder = Path(scratch) / ARTEFACT_NAME
        write_artefact(folder, found.models, found.evidence, dataset.log.network, facts)
        run.folder(folder, ARTEFACT_NAME)
        return register(client, home, run, folder, {"gate": gate, "log_sha256": dataset.digest})


def _origin(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("source", "scenario", "scenario_sha256", "policy", "seed") if name in facts}


def _sizes(split: Split) -> dict[str, int]:
    parts = {"training": split.training, "calibration": split.calibration, "evaluation": split.evaluation}
    return {f"n_{name}_orders": len(log.orders) for name, log in parts.items()}
