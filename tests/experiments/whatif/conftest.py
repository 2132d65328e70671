"""A world of a few hundred orders, and studies in it that take a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.home import Home
from experiments.whatif.plan import Plan, plan_study
from experiments.whatif.request import StudyRequest
from experiments.whatif.stopping import StoppingRule

Planner = Callable[..., Plan]


@pytest.fixture
def plan_in(tmp_path: Path) -> Planner:
    """Plans a small study in a folder below the test's own, `study` unless named."""

    def plan(folder: str = "study", **changes: Any) -> Plan:
        request = {
            "scenarios": ("small",),
            "policies": ("rules", "explore:.5"),
            "rule": StoppingRule(3, 3),
            "n_orders": 400,
            "warm_up_days": 0.05,
            **changes,
        }
        return plan_study(StudyRequest(**request), tmp_path / folder, Home(tmp_path / "home"))

    return plan
