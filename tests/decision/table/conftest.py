"""Small tables with a planted effect."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from decision.table.estimation import Estimate, estimated
from decision.table.roles import Question

N_ROWS = 240


class Planted(NamedTuple):
    table: pd.DataFrame
    question: Question
    effect: np.ndarray


def planted_table(seed: int = 0, n_rows: int = N_ROWS) -> Planted:
    """Two arms, confounded by `severity`; the effect is 1, or 3 for the `new` kind."""
    rng = np.random.default_rng(seed)
    severity, idle = rng.normal(size=n_rows), rng.normal(size=n_rows)
    kind = rng.choice(["old", "new"], n_rows)
    treated = rng.random(n_rows) < 1 / (1 + np.exp(-severity))
    effect = np.where(kind == "new", 3.0, 1.0)
    outcome = 2 * severity + treated * effect + 0.5 * rng.normal(size=n_rows)
    table = pd.DataFrame(
        {
            "severity": severity,
            "idle": idle,
            "kind": kind,
            "arm": np.where(treated, "drug", "control"),
            "outcome": outcome,
            "true": effect,
        }
    )
    return Planted(table, Question("arm", "outcome", truth="true"), effect)


@pytest.fixture(scope="session")
def planted() -> Planted:
    return planted_table()


@pytest.fixture(scope="session")
def estimate(planted: Planted) -> Estimate:
    return estimated(planted.table, planted.question, seed=3)
