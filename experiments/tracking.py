"""MLflow's run store, reached by its client alone: no global state, no chatter, nothing sent anywhere.

MLflow takes seconds to import: import this module only where a run is about to be made.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.home import Home
from experiments.errors import TrackingError
from experiments.home_lock import home_lock
from experiments.quiet import quiet_mlflow

with quiet_mlflow():
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "routecause"
# MLflow refuses longer ones; a reason that is cut still names its check.
PARAM_LENGTH, TAG_LENGTH = 6000, 5000


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a data set that went into a run came from.

    Parameters
    ----------
    digest : str
        Hash of its manifest, which holds the hash of every file.
    profile : str
        Its size in words or JSON.
    """

    name: str
    context: str
    digest: str
    source: str
    profile: str


class RunLog:
    """One open run: what is written here is in the store at once."""

    def __init__(self, client: Any, run_id: str) -> None:
        self._client = client
        self.run_id = run_id

    @property
    def artifact_uri(self) -> str:
        """Where the run's files lie."""
        with quiet_mlflow():
            return str(self._client.get_run(self.run_id).info.artifact_uri)

    def params(self, values: Mapping[str, object]) -> None:
        """Record what the run was asked to do."""
        with quiet_mlflow():
            params = [Param(name, str(value)[:PARAM_LENGTH]) for name, value in values.items()]
            self._client.log_batch(self.run_id, params=params)

    def metrics(self, values: Mapping[str, float]) -> None:
        """Record what the run measured."""
        moment = int(time.time() * 1000)
        with quiet_mlflow():
            metrics = [Metric(name, float(value), moment, 0) for name, value in values.items()]
            self._client.log_batch(self.run_id, metrics=metrics)

    def tags(self, values: Mapping[str, object]) -> None:
        """Label the run."""
        with quiet_mlflow():
            tags = [RunTag(name, str(value)[:TAG_LENGTH]) for name, value in values.items()]
            self._client.log_batch(self.run_id, tags=tags)

    def lineage(self, inputs: list[Lineage]) -> None:
        """Record which data the run read."""
        with quiet_mlflow():
            datasets = [
                DatasetInput(
                    Dataset(item.name, item.digest[:36], "local", item.source, profile=item.profile),
                    [InputTag("mlflow.data.context", item.context), InputTag("sha256", item.digest)],
                )
                for item in inputs
            ]
            self._client.log_inputs(self.run_id, datasets=datasets)

    def figure(self, figure: Figure, name: str) -> None:
        """Keep a figure as `figures/<name>.png`."""
        with quiet_mlflow():
            self._client.log_figure(self.run_id, figure, f"figures/{name}.png")

    def folder(self, folder: Path, name: str) -> None:
        """Keep a folder's files below `name`."""
        with quiet_mlflow():
            self._client.log_artifacts(self.run_id, str(folder), name)

    def document(self, value: dict[str, Any], name: str) -> None:
        """Keep plain data as JSON."""
        with quiet_mlflow():
            self._client.log_dict(self.run_id, value, name)


def open_client(home: Home) -> Any:
    """MLflow's client on the home's store, which is made if it is not there.

    Raises
    ------
    TrackingError
        If the store cannot be opened.
    """
    home.mlflow_artifacts.mkdir(parents=True, exist_ok=True)
    # Two first trainings at once would make the same tables, and leave neither usable.
    with home_lock(home), quiet_mlflow():
        try:
            return MlflowClient(tracking_uri=home.mlflow_uri, registry_uri=home.mlflow_uri)
        except Exception as error:  # MLflow lets through whatever its database driver raises
            msg = (
                f"{home.mlflow_uri}: MLflow cannot open its store ({error}); move the file away or name another --home"
            )
            raise TrackingError(msg) from error


@contextmanager
def run_log(client: Any, home: Home, *, name: str, tags: Mapping[str, str]) -> Iterator[RunLog]:
    """Open a run, and close it as finished or, if the block raises, as failed with the error's words."""
    with quiet_mlflow():
        run = client.create_run(_experiment_id(client, home), run_name=name, tags=dict(tags))
    log = RunLog(client, run.info.run_id)
    try:
        yield log
    except BaseException as error:
        log.tags({"error": f"{type(error).__name__}: {error}"})
        with quiet_mlflow():
            client.set_terminated(log.run_id, status="FAILED")
        raise
    with quiet_mlflow():
        client.set_terminated(log.run_id)


def _experiment_id(client: Any, home: Home) -> str:

    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        try:
            return str(client.create_experiment(EXPERIMENT, artifact_location=home.mlflow_artifacts.resolve().as_uri()))
        except MlflowException:
            # Another training made it between the look and the making.
            found = client.get_experiment_by_name(EXPERIMENT)
    if found is None or found.lifecycle_stage != "active":
        msg = f"MLflow's experiment {EXPERIMENT!r} was deleted; restore it with `mlflow experiments restore`"
        raise TrackingError(msg)
    return str(found.experiment_id)
