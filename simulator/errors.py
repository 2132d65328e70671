"""What can go wrong in the simulator, as one tree.

SimulatorError
├── ScenarioError           a scenario cannot be used
│   ├── ScenarioFileError   the file is missing, empty, too large or not plain YAML
│   ├── InheritanceError    its base or its changes lead nowhere
│   └── ScenarioValueError  a field is unknown, absent or out of bounds; carries the path to the field
├── ValidationError         a history and a world cannot be compared
├── CalibrationError        a history says too little, or what the base scenario has no place for
├── RunTooLargeError        the run would take more time or memory than was agreed to
├── PolicyError             a policy answered with what is not a choice
├── InfeasibleActionError   a forced action is not among the order's candidates
├── LedgerError             orders, hands or units were made or lost: a fault of ours
└── TruthError              a replay did not reproduce what the world did
"""

from __future__ import annotations


class SimulatorError(Exception):
    """Root of every error this package raises on purpose; the message says what, value and remedy."""


class ScenarioError(SimulatorError):
    """A scenario cannot be used."""


class ScenarioFileError(ScenarioError):
    """A scenario file is missing, empty, too large or not plain YAML."""


class InheritanceError(ScenarioError):
    """A scenario's base cannot be found, or its changes do not fit it."""


class ScenarioValueError(ScenarioError):
    """A field of a scenario is unknown, absent or out of bounds."""


class CalibrationError(SimulatorError):
    """A history says too little to calibrate a scenario, or what the base scenario has no place for."""


class ValidationError(SimulatorError):
    """A history and a world cannot be compared: too few orders, or nothing in common."""


class RunTooLargeError(SimulatorError):
    """A run would take more time or memory than was agreed to."""


class PolicyError(SimulatorError):
    """A policy answered with what is not a choice."""


class InfeasibleActionError(SimulatorError):
    """A forced action is not among the order's candidates."""


class LedgerError(SimulatorError):
    """Orders, hands or units were made or lost in a world."""


class TruthError(SimulatorError):
    """A replay did not reproduce what the world did."""
