"""The public families of tables with a known effect; skipped, aloud, where the data are absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from decision.table.estimation import estimated
from decision.table.scoring import scored
from experiments.benchmarks.public_tables import QUESTION, PublicTable, read_public_table

DATA = Path(__file__).parents[4] / "shared" / "data"
# Plain EconML's best mean over the family's files: what one file must beat with room to spare.
BEST_PLAIN_IHDP = 0.87

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not (DATA / "ihdp").is_dir(), reason=f"needs the public tables in {DATA}"),
]


@pytest.fixture(scope="module")
def ihdp() -> PublicTable:
    return read_public_table(DATA, "ihdp", 1)


def test_public_tables_are_what_they_claim_to_be(ihdp: PublicTable) -> None:
    acic = read_public_table(DATA, "acic", 1)
    assert (len(ihdp.table), int(ihdp.table["z"].sum())) == (747, 139)
    assert len(acic.table) == 4802
    for public in (ihdp, acic):
        assert {"mu0", "mu1", "y0", "y1", "y_other"}.isdisjoint(public.table.columns)
        assert np.isfinite(public.truth).all()


@pytest.mark.slow
def test_effects_on_an_ihdp_table_are_near_and_covered(ihdp: PublicTable) -> None:
    estimate = estimated(ihdp.table, QUESTION, seed=1)
    rows, average = estimate.rows, estimate.averages[0]
    interval = (average.point, average.lower, average.upper)
    scores = scored(rows.effect[0], rows.lower[0], rows.upper[0], interval, ihdp.truth)
    assert scores.sqrt_pehe < 0.7 * BEST_PLAIN_IHDP
    assert scores.coverage_90 >= 0.85
    assert scores.average_covered
