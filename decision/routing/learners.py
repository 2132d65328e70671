"""Learners: who tells what of a candidate, the law or journeys its time and stock, others what it breaks and delays.

Each tells outcomes of its own. What is here speaks of what they learned alone; how far they are to be believed is the
model's to say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.routing.assessment import Assessment, Spread
from decision.routing.blocks import Block, side_by_side
from decision.routing.damage import DamageLaw
from decision.routing.features import Imputation
from decision.routing.journeys import Journeys, Outlook
from decision.routing.linearity import Linearity
from decision.routing.parts import LEARNED_OUTCOMES, TIMED_OUTCOMES
from decision.routing.spillover import SpilloverLaw
from decision.routing.stages import stage_columns

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Where among LEARNED_OUTCOMES each learner's outcomes stand.
_TIMED = slice(0, len(TIMED_OUTCOMES))
_DAMAGED = len(TIMED_OUTCOMES)
_OTHERS = _DAMAGED + 1


@dataclass(frozen=True, slots=True)
class Learners:
    """Those that speak for one model; its own fields say what each of them is.

    Parameters
    ----------
    journeys : Journeys or None
        What answers; the law does where it is None.
    damage : DamageLaw or None
    spillover : SpilloverLaw or None
    imputation : Imputation
        Stand-ins for what a candidate does not tell.
    """

    law: Linearity
    journeys: Journeys | None
    damage: DamageLaw | None
    spillover: SpilloverLaw | None
    imputation: Imputation

    @property
    def untold(self) -> frozenset[str]:
        """Those of `data.objective.ROUTING_OUTCOMES` that none of them has anything to say of."""
        return frozenset(
            name
            for name, told in (
                ("damage_probability", self.damage is not None),
                ("delays_to_others_minor", self.spillover is not None),
            )
            if not told
        )

    def points(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers) -> Floats:
        """Effects alone, shape (n_rows, n_outcomes); arguments as for `assess`."""
        reference_of_row = reference_rows[choice_sets.order_of_row]
        effects = np.zeros((len(features), len(LEARNED_OUTCOMES)))
        if self.journeys is None:
            effects[:, _TIMED] = self.law.points(self.law.basis(features, choice_sets, reference_rows))
        else:
            expected = self.journeys.outlook(features).point
            effects[:, _TIMED] = expected - expected[reference_of_row]
        if self.damage is not None:
            chance = self.damage.by_bag(choice_sets, self.imputation).mean(axis=0)
            effects[:, _DAMAGED] = chance - chance[reference_of_row]
        if self.spillover is not None:
            minor = self.spillover.by_bag(self._stages(features, choice_sets)).mean(axis=0)
            effects[:, _OTHERS] = minor - minor[reference_of_row]
        return effects

    def assess(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers, spread: Spread) -> Assessment:
        """Effects of every candidate and what each shock would make of them, as if the log had shown them all.

        Parameters
        ----------
        features : array of shape (n_rows, n_features)
            What the model's own `features` says of these choice sets.
        reference_rows : array of shape (n_orders,)
            The row, among all rows, of each order's reference.
        """
        reference_of_row = reference_rows[choice_sets.order_of_row]
        if self.journeys is None:
            told = self._by_law(features, choice_sets, reference_rows)
            unseen, node_of_row = np.zeros_like(told.point), np.zeros(len(features), dtype=np.int64)
        else:
            told, unseen = self._by_journeys(self.journeys, features, choice_sets, reference_of_row)
            node_of_row = choice_sets.node_of_row
        return Assessment(told.point, told.shocks, unseen, node_of_row, reference_of_row, spread, told.level)

    def levels_by_bag(self, outlook: Outlook, features: Floats, choice_sets: ChoiceSets) -> list[tuple[int, Floats]]:
        """What each candidate itself would lead to by every bag of journeys, and by those of the spillover law.

        Returns
        -------
        list of (int, array of shape (n_bags, n_rows, n_outcomes))
            The place of the first of these outcomes among LEARNED_OUTCOMES, and their levels.
        """
        own = outlook.outcomes
        if self.damage is not None:
            chance = self.damage.by_bag(choice_sets, self.imputation)
            # Bags of both were shown the same orders: they share their shocks.
            own = np.concatenate((own, chance[:, :, None]), axis=2)
        return [(0, own), *self._delays_by_bag(features, choice_sets)]

    def _by_law(self, features: Floats, choice_sets: ChoiceSets, reference_rows: Integers) -> Block:
        basis = self.law.basis(features, choice_sets, reference_rows)
        effects = self.law.points(basis)
        levels = self._delays_by_bag(features, choice_sets)
        if self.damage is not None:
            levels.insert(0, (_DAMAGED, self.damage.by_bag(choice_sets, self.imputation)[:, :, None]))
        reference_of_row = reference_rows[choice_sets.order_of_row]
        return side_by_side(
            [
                Block.of_effects(effects, np.tensordot(basis, self.law.shocks, axes=1)),
                *(Block.of_bags(first, outcomes, reference_of_row) for first, outcomes in levels),
            ]
        )

    def _by_journeys(
        self, journeys: Journeys, features: Floats, choice_sets: ChoiceSets, reference_of_row: Integers
    ) -> tuple[Block, Floats]:
        """Effects, and what the unseen state of a row's node does to it, shape (n_rows, n_outcomes)."""
        outlook = journeys.outlook(features)
        levels = self.levels_by_bag(outlook, features, choice_sets)
        told = side_by_side([Block.of_bags(first, outcomes, reference_of_row) for first, outcomes in levels])
        unseen = np.zeros_like(told.point)
        unseen[:, _TIMED] = outlook.unseen
        return told, unseen

    def _delays_by_bag(self, features: Floats, choice_sets: ChoiceSets) -> list[tuple[int, Floats]]:
        if self.spillover is None:
            return []
        minor = self.spillover.by_bag(self._stages(features, choice_sets))
        return [(_OTHERS, minor[:, :, None])]

    def _stages(self, features: Floats, choice_sets: ChoiceSets) -> Floats:
        return features if self.journeys is not None else stage_columns(choice_sets, self.imputation)
