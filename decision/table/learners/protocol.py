"""What a learner of effects is given and what it answers, whatever it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Design:
    """A table in the form of a varying-coefficient model.

    The outcome is modelled as ``level(x) + sum over k of basis_k(t) * slope_k(x)``. For arms, a basis is an arm's
    indicator; for a dose, the dose itself, centred and scaled. An effect is a fixed contrast of slopes.

    Parameters
    ----------
    confounders : array of shape (n_rows, n_columns)
        Numbers only, nothing missing.
    modifies : array of shape (n_columns,)
        Which columns the effect may depend on.
    bases : array of shape (n_bases, n_rows)
    expected_bases : array of shape (n_bases, n_rows)
        E[basis | x]: the propensities of the arms, or the expected dose.
    contrasts : array of shape (n_contrasts, n_bases)
    outcome : array of shape (n_rows,)
    """

    confounders: Floats
    modifies: Flags
    bases: Floats
    expected_bases: Floats
    contrasts: Floats
    outcome: Floats

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.outcome)

    def at(self, rows: NDArray[np.intp]) -> Design:
        """The same design of some rows only."""
        return replace(
            self,
            confounders=self.confounders[rows],
            bases=self.bases[:, rows],
            expected_bases=self.expected_bases[:, rows],
            outcome=self.outcome[rows],
        )


@dataclass(frozen=True)
class Surface:
    """What a learner believes at every row, seen or not.

    Parameters
    ----------
    level : array of shape (n_rows,)
        Posterior mean of the part that no treatment moves.
    slopes : array of shape (n_bases, n_rows)
        Posterior mean of what each basis is multiplied with.
    effects : array of shape (n_contrasts, n_draws, n_rows)
        Draws of the effects; only each row's own distribution is meant, not that of sums over rows.
    """

    level: Floats
    slopes: Floats
    effects: NDArray[np.float32]

    def expected_outcome(self, bases: Floats) -> Floats:
        """Outcome at every row under the bases given (observed, or expected given x)."""
        outcome: Floats = self.level + np.einsum("kn,kn->n", bases, self.slopes)
        return outcome


class Learner(Protocol):
    """A way to learn effects. Rows outside `fit_rows` must not influence anything but their own prediction."""

    @property
    def name(self) -> str:
        """How reports call it."""
        ...

    def tuned(self, design: Design, fit_rows: Flags, seed: int) -> Self:
        """The learner with its slow settings chosen once, so that folds need not choose them again."""
        ...

    def fit(self, design: Design, fit_rows: Flags, seed: int) -> Surface:
        """Learn from the rows flagged and answer for all."""
        ...
