"""What can go wrong with a decision, as one tree.

DecisionError
├── QuestionError           a question contradicts itself or names what it does not hold
├── TrainingError           a log cannot teach what is asked of it
│   ├── OverlapError        no action of the log says anything about the actions asked for
│   ├── IdentificationError the graph does not identify the effect from what was observed
│   ├── RoleError           a column asked for cannot play its part
│   ├── TooFewRowsError     a table or an arm is too small to tell an effect from chance
│   ├── LeakError           a confounder gives the outcome away
│   └── ForbiddenInputError a model reads what may not enter a decision
├── RefutationError         a refutation cannot be carried out on this estimate
└── ArtefactError           a serving artefact is missing, damaged or of another make
"""

from __future__ import annotations

from typing import LiteralString


class DecisionError(Exception):
    """Root of every error this package raises on purpose; the message says what, value and remedy."""


class QuestionError(DecisionError):
    """A question contradicts itself or names what it does not hold.

    Parameters
    ----------
    plainly : str or None
        The same without a word of the question's, for those who must not have their own words read back to them.
    """

    def __init__(self, message: str, *, plainly: LiteralString | None = None) -> None:
        super().__init__(message)
        self.plainly = plainly


class TrainingError(DecisionError):
    """A log cannot teach what is asked of it: too few rows, no variation, values that are not numbers."""


class OverlapError(TrainingError):
    """No action of the log says anything about the actions asked for."""


class IdentificationError(TrainingError):
    """The causal graph does not identify the effect from what was observed."""


class RoleError(TrainingError):
    """A column asked for is unknown, or cannot play the part it was given."""


class TooFewRowsError(TrainingError):
    """A table or an arm is too small to tell an effect from chance."""


class LeakError(TrainingError):
    """A confounder gives the outcome away: it was measured after it, or is made from it."""


class ForbiddenInputError(TrainingError):
    """A model reads an attribute that may not enter a decision."""


class RefutationError(DecisionError):
    """A refutation cannot be carried out on this estimate."""


class ArtefactError(DecisionError):
    """A serving artefact is missing, damaged or of another make."""
