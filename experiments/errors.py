"""What can go wrong in a study, as one tree.

ExperimentsError
├── SplitError       a log is too short to learn from one part and to be checked on another
├── TruthError       a truth does not belong to the log, or is not what it claims to be
├── PolicyNameError  no behaviour policy goes by this name
├── ExampleError     a log holds no case of the kind that is to be shown
├── BenchmarkError   a benchmark cannot be played, or compares what is not the same
└── TrackingError    the MLflow store cannot be opened or written
"""

from __future__ import annotations


class ExperimentsError(Exception):
    """Root of every error this package raises on purpose; the message says what, value and remedy."""


class SplitError(ExperimentsError):
    """A log is too short to learn from one part and to be checked on another."""


class TruthError(ExperimentsError):
    """A truth does not belong to the log, or is not what it claims to be."""


class PolicyNameError(ExperimentsError):
    """No behaviour policy goes by this name."""


class ExampleError(ExperimentsError):
    """A log holds no case of the kind that is to be shown."""


class BenchmarkError(ExperimentsError):
    """A benchmark cannot be played, or compares what is not the same."""


class TrackingError(ExperimentsError):
    """The MLflow store cannot be opened or written."""
