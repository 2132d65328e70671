"""Quiet for MLflow: no log lines, no warnings about its own dependencies, no telemetry, no search for git."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Read when MLflow is imported; an operator who sets one of them otherwise keeps it.
ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


@contextmanager
def quiet_mlflow() -> Iterator[None]:
    """Hold back what MLflow says and does unasked, for as long as the block runs."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    chatter = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in chatter]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in chatter:
                logger.setLevel(logging.ERROR)
            yield
        finally:
            for logger, level in zip(chatter, levels, strict=True):
                logger.setLevel(level)
