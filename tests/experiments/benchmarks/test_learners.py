"""The study that sets learners side by side, on worlds too small to say which is better."""

from __future__ import annotations

import pytest

from experiments.benchmarks.learners import BY_TRUTH, Extent, compared


@pytest.mark.slow
def test_every_learner_is_examined_and_none_beats_the_oracle() -> None:
    tiny = Extent(n_taught=1_500, n_examined=3_000, n_calibrating=40, n_judged=64, redraws=2)
    lines = compared(("small",), 31, tiny, lambda _: None)
    assert [line.learner for line in lines][:2] == ["linear", "journeys"]
    assert lines[-1].learner == BY_TRUTH
    assert all(line.regret >= 0 for line in lines)
    assert all(line.serve_ms is not None and line.fit_seconds is not None for line in lines[:-1])
