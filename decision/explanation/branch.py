"""Branches: the part of the policy tree that an order falls into, as values that any language can put in words."""

from __future__ import annotations

from dataclasses import dataclass

# What the policy does with the current choice: keeps it, takes another service of its node, or another node.
MOVES: tuple[str, ...] = ("keep", "other_service", "other_node")


@dataclass(frozen=True, slots=True)
class Fidelity:
    """How often the tree says what the policy does, on orders that it was not grown on.

    Parameters
    ----------
    agreement, lower, upper : float
        Share of orders with its 95% interval over blocks of time.
    leaving_agreement : float
        Share where both leave the current choice, or both keep it.
    majority : float
        What a tree without branches would reach: the share of the commonest move.
    """

    n_orders: int
    agreement: float
    lower: float
    upper: float
    leaving_agreement: float
    majority: float


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked about one quantity: above `above` where it is given, and at most `at_most`.

    Parameters
    ----------
    value : float
        The order's own.
    reported : bool
        Whether it was reported, rather than taken as usual.
    """

    quantity: str
    value: float
    above: float | None
    at_most: float | None
    reported: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch of an order.

    Parameters
    ----------
    n_orders : int
        Orders of this branch that the tree was grown on.
    share : dict of str to float
        What the policy did with them, by MOVES.
    shift : dict of str to float
        What the choice of those that it moved changed on average: `cost` in minor units, `slack_hours`,
        `distance_km`, `load`. Empty where none moved.
    """

    conditions: tuple[Condition, ...]
    n_orders: int
    share: dict[str, float]
    usual_move: str
    shift: dict[str, float]
    fidelity: Fidelity

    @property
    def share_leaving(self) -> float:
        """Share of the branch's orders that the policy took away from the current choice."""
        return 1.0 - self.share[MOVES[0]]
