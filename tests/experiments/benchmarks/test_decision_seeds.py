"""Seeds of the decision's bench are taken as named, or refused with a remedy before anything is played."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from api.cli.bench import app
from experiments.benchmarks.decision.seeds import MOST_SEED, exam_seed, lesson_seeds
from experiments.errors import BenchmarkError


def test_seeds_are_taken_in_the_order_named() -> None:
    assert lesson_seeds("302,301") == (302, 301)
    assert lesson_seeds(str(MOST_SEED)) == (MOST_SEED,)


def test_no_exam_is_a_lesson() -> None:
    assert not {exam_seed(seed) for seed in (0, 101, 102)} & {0, 101, 102}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "whole number"),
        ("3o1", "whole number"),
        ("-1", "whole number"),
        ("1.5", "whole number"),
        ("301,,302", "whole number"),
        ("٣", "whole number"),
        ("9" * 5_000, "whole number"),
        (str(MOST_SEED + 1), "whole number"),
        ("301,0301", "named twice"),
        ("301,1301", "used twice"),
        ("301,10301", "used twice"),
        ("301,9301", "used twice"),
        (",".join(map(str, range(9))), "at most 8"),
    ],
)
def test_other_seeds_are_refused_with_a_remedy(text: str, said: str) -> None:
    with pytest.raises(BenchmarkError, match=said) as refused:
        lesson_seeds(text)
    assert len(str(refused.value)) < 200


def test_the_command_refuses_bad_seeds_before_it_plays_a_world() -> None:
    result = CliRunner().invoke(app, ["decision", "--quick", "--seeds", "301,301"])
    assert isinstance(result.exception, BenchmarkError)
