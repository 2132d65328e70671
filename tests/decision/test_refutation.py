"""Refutation spares true effects and accuses empty ones."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from decision.contrasts import Contrast
from decision.errors import RefutationError
from decision.refutation import refute

NAMES = ("z0", "z1", "z2")


def contrast(effect: float, seed: int, n_rows: int = 400) -> Contrast:
    """The treated have higher z0, and z0 raises the outcome: a naive difference is biased upwards."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n_rows, len(NAMES)))
    treated = rng.uniform(size=n_rows) < 0.2 + 0.6 / (1 + np.exp(-2 * z[:, 0]))
    outcome = effect * treated + 2 * z[:, 0] + rng.standard_normal(n_rows)
    frame = pd.DataFrame(z, columns=list(NAMES)).assign(deviated=treated.astype(np.int64), loss_minor=outcome)
    return Contrast(frame, "deviated", "loss_minor", NAMES)


def test_a_planted_effect_stands_every_attack() -> None:
    report = refute(contrast(1.5, seed=1), seed=0)
    assert report.passed, report.checks
    assert report.effect == pytest.approx(1.5, abs=0.3)
    assert [check.name for check in report.checks] == [
        "placebo",
        "placebo_spread",
        "dummy_outcome",
        "random_common_cause",
        "subset",
        "bootstrap",
        "simulated_confounder",
    ]
    assert all(check.seconds >= 0 for check in report.checks)


@pytest.mark.parametrize("seed", range(3))
def test_an_effect_made_of_noise_is_accused(seed: int) -> None:
    report = refute(contrast(0.0, seed=seed), seed=0)
    failed = {check.name for check in report.checks if not check.passed}
    assert "placebo_spread" in failed
    assert not report.passed


def test_adjustment_takes_the_bias_away_that_a_naive_difference_has() -> None:
    table = contrast(1.5, seed=2, n_rows=2_000)
    treated = table.frame["deviated"] == 1
    naive = table.frame["loss_minor"][treated].mean() - table.frame["loss_minor"][~treated].mean()
    assert naive > 2.2
    assert refute(table, seed=0).effect == pytest.approx(1.5, abs=0.2)


def test_a_confounder_left_out_leaves_an_effect_that_is_not_there() -> None:
    # Refutation cannot see what no column shows: that is what identification is for.
    blind = replace(contrast(0.0, seed=3), confounders=("z1", "z2"))
    assert refute(blind, seed=0).effect > 0.7


def test_the_same_seed_gives_the_same_report() -> None:
    table = contrast(1.5, seed=4)
    first, second, other = (refute(table, seed=seed) for seed in (1, 1, 2))
    effects = [[check.new_effect for check in report.checks] for report in (first, second, other)]
    assert effects[0] == effects[1]
    assert effects[0] != effects[2]


def test_large_tables_are_sampled_by_the_seed() -> None:
    report = refute(contrast(1.5, seed=5, n_rows=1_000), seed=0, most_rows=400)
    assert report.n_rows == 400


def test_a_confounder_that_never_varies_is_passed_over() -> None:
    table = contrast(1.5, seed=6)
    still = replace(table, frame=table.frame.assign(z2=7.0))
    assert refute(still, seed=0).effect == pytest.approx(1.5, abs=0.3)


def test_nothing_is_said_on_the_side(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refute(contrast(1.5, seed=7, n_rows=200), seed=0)
    assert not caplog.records
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda table: table.frame.assign(z0=np.nan), "missing or infinite"),
        (lambda table: table.frame.assign(deviated=1), "deviated is 1 in every row"),
        (lambda table: table.frame.assign(loss_minor=3.0), "loss_minor is 3.0 in every row"),
        (lambda table: table.frame.drop(columns="z1"), r"\['z1'\] are not in the table"),
        (lambda table: table.frame.head(50), "50 rows are too few"),
    ],
)
def test_tables_that_show_no_effect_are_refused(broken: object, message: str) -> None:
    table = contrast(1.0, seed=8)
    assert callable(broken)
    with pytest.raises(RefutationError, match=message):
        refute(replace(table, frame=broken(table)), seed=0)


def test_a_simulated_confounder_takes_the_bias_that_its_strength_allows() -> None:
    report = refute(contrast(1.5, seed=9, n_rows=2_000), seed=0)
    found = next(check for check in report.checks if check.name == "simulated_confounder")
    # Partial R squared of .01 with both moves .01 standard deviations of the outcome's rest per one of the treatment's.
    data, names = contrast(1.5, seed=9, n_rows=2_000).frame, ["z0", "z1", "z2"]
    design = np.column_stack((np.ones(len(data)), data[names]))
    left = [
        data[name] - design @ np.linalg.lstsq(design, data[name], rcond=None)[0] for name in ("loss_minor", "deviated")
    ]
    assert found.original_effect - found.new_effect == pytest.approx(0.01 * left[0].std() / left[1].std(), rel=0.6)
