"""A newcomer is held against the champion that it would replace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.home import Home
from decision.artefact import Artefact, load_artefact
from decision.routing.fitting import fit_routing
from experiments.champion import contest
from experiments.datasets import load_dataset
from experiments.demo import DemoResult
from experiments.gate import Outcome
from experiments.losses import Pricing
from experiments.split import Split, part, split_by_time


@pytest.fixture(scope="module")
def split(demo_home: Home, shown: DemoResult) -> Split:
    assert shown.training.model.folder.is_dir()
    log = load_dataset(demo_home.datasets / "demo", None).log
    # Every third order: the same hours, at a third of the time that asking takes.
    return split_by_time(part(log, pd.Series(np.arange(len(log.orders)) % 3 == 0)))


@pytest.fixture(scope="module")
def champion(shown: DemoResult) -> Artefact:
    return load_artefact(shown.training.model.folder)


def test_the_first_model_has_nobody_to_beat(
    split: Split, champion: Artefact, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = Home(tmp_path_factory.mktemp("empty home"))
    found = contest(home, split, (champion.routing, champion.compensation), Pricing(), seed=1)
    assert found.version is None
    assert {check.outcome for check in found.checks()} == {Outcome.SKIPPED}


def test_the_champion_is_not_worse_than_itself(demo_home: Home, split: Split, champion: Artefact) -> None:
    found = contest(demo_home, split, (champion.routing, champion.compensation), Pricing(), seed=1)
    assert found.version is not None
    assert [gain.difference.point for gain in found.gains.values()] == [0.0, 0.0]
    assert {check.outcome for check in found.checks()} == {Outcome.PASSED}


def test_a_newcomer_that_learned_the_opposite_is_refused(demo_home: Home, split: Split, champion: Artefact) -> None:
    log = split.training
    told = log.outcomes.assign(
        late=~log.outcomes["late"], lateness_hours=log.outcomes["lateness_hours"].max() - log.outcomes["lateness_hours"]
    )
    perverse = fit_routing(replace(log, outcomes=told), seed=1).model
    found = contest(demo_home, split, (perverse, champion.compensation), Pricing(), seed=1)
    refused = {check.name for check in found.checks() if check.outcome is Outcome.REFUSED}
    assert refused == {"routing.worse_than_champion"}
