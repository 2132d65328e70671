"""Registered model versions, and the alias that says which one serves.

MLflow holds the registry; the shelf holds the same versions as plain folders for the service, which never
imports MLflow. A version has the same number in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.home import Home
from data.shelf import CHAMPION, MODEL_NAME, Shelf, ShelfEntry
from experiments.errors import TrackingError
from experiments.home_lock import home_lock
from experiments.quiet import quiet_mlflow
from experiments.tracking import RunLog, open_client

with quiet_mlflow():
    from mlflow.exceptions import MlflowException


# Versions are counted from 1; a longer number is none that the store could hold.
LONGEST_VERSION = 9


def register(client: Any, home: Home, run: RunLog, artefact: Path, tags: Mapping[str, str]) -> ShelfEntry:
    """Register the run's artefact as the model's next version, publish it on the shelf, and say where."""
    with home_lock(home), quiet_mlflow():
        try:
            client.create_registered_model(MODEL_NAME, description="Causal order routing and compensation.")
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        source = f"{run.artifact_uri}/{artefact.name}"
        made = client.create_model_version(MODEL_NAME, source=source, run_id=run.run_id, tags=dict(tags))
    version = str(made.version)
    return ShelfEntry(version, Shelf(home.models).publish(MODEL_NAME, version, artefact))


def promote(client: Any, home: Home, version: str) -> None:
    """Give a registered version the alias `champion`: the service picks it up, and the version before stays at hand.

    Raises
    ------
    TrackingError
        If there is no such version, or the store cannot be used.
    InputFileError
        If the version was never published on the shelf.
    """
    if not (version.isascii() and version.isdecimal() and len(version) <= LONGEST_VERSION):
        raise TrackingError(_no_version(home, version[:20]))
    # Both aliases move under one lock, or two trainings could leave them pointing at different versions. The
    # shelf's moves first: it is what serves, and it refuses a version that was never published.
    with home_lock(home), quiet_mlflow():
        try:
            client.get_model_version(MODEL_NAME, version)
            Shelf(home.models).set_alias(MODEL_NAME, CHAMPION, version)
            client.set_registered_model_alias(MODEL_NAME, CHAMPION, version)
        except MlflowException as error:
            raise TrackingError(_promotion_problem(error, home, version)) from error


def _promotion_problem(error: MlflowException, home: Home, version: str) -> str:
    if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
        return _no_version(home, version)
    return f"{home.mlflow_uri}: version {version!r} could not be promoted ({error.error_code}); try again"


def _no_version(home: Home, version: str) -> str:
    return f"model {MODEL_NAME!r} has no version {version!r} in {home.mlflow_uri}; list them with `mlflow ui`"


def champion(home: Home) -> str | None:
    """The version that MLflow calls champion, or None before the first."""
    client = open_client(home)
    with quiet_mlflow():
        try:
            return str(client.get_model_version_by_alias(MODEL_NAME, CHAMPION).version)
        except MlflowException:
            return None
