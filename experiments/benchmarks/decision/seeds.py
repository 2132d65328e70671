"""Seeds of the decision's bench: those that are learned from, as they come from a command line, and their exams."""

from __future__ import annotations

from experiments.errors import BenchmarkError

# An exam is another world than any lesson, and each lesson has one of its own; so have the runs it is calibrated on.
EXAM_OFFSET, CALIBRATING_OFFSET = 1_000, 10_000
# Orders of one run share its storms and its queues: many runs say more than as many orders of one.
CALIBRATING_RUNS = 8
MOST_SEED = 2**31 - 1 - CALIBRATING_OFFSET * (CALIBRATING_RUNS + 1)
MOST_SEEDS = 8


def exam_seed(lesson_seed: int) -> int:
    """The seed of the world in which what was learned from another is examined."""
    return lesson_seed + EXAM_OFFSET


def calibrating_seeds(lesson_seed: int) -> tuple[int, ...]:
    """The seeds of the runs on which what was learned from another is calibrated.

    Examples
    --------
    >>> calibrating_seeds(301)[:2]
    (10301, 20301)
    """
    return tuple(lesson_seed + CALIBRATING_OFFSET * number for number in range(1, CALIBRATING_RUNS + 1))


def lesson_seeds(text: str) -> tuple[int, ...]:
    """Read seeds of lessons: whole numbers with commas between them.

    Raises
    ------
    BenchmarkError
        If one is no number, too large or named twice, if a lesson would be another one's exam, or there are too many.

    Examples
    --------
    >>> lesson_seeds("301, 302")
    (301, 302)
    """
    seeds = tuple(_seed(part.strip()) for part in text.split(","))
    if len(set(seeds)) < len(seeds):
        msg = f"seeds {text!r}: one is named twice, which would count one world as two; name each once"
        raise BenchmarkError(msg)
    if len(seeds) > MOST_SEEDS:
        msg = f"{len(seeds)} seeds, each with worlds of its own to be played; give at most {MOST_SEEDS}"
        raise BenchmarkError(msg)
    others = [place for seed in seeds for place in (exam_seed(seed), *calibrating_seeds(seed))]
    seen = {place for place in others if place in seeds or others.count(place) > 1}
    if seen:
        msg = (
            f"seed {min(seen)} would be used twice (exams are lessons + {EXAM_OFFSET}, calibrating runs lessons + 1 to "
            f"{CALIBRATING_RUNS} times {CALIBRATING_OFFSET:,}); drop one"
        )
        raise BenchmarkError(msg)
    return seeds


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_SEED)) and int(text) <= MOST_SEED):
        msg = f"seed {text[:20]!r} is not a whole number from 0 to {MOST_SEED}; write seeds as 301,302"
        raise BenchmarkError(msg)
    return int(text)
