"""A choice set as the world shows it: columns are worked out when a policy first looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.choice_sets import ChoiceSet

if TYPE_CHECKING:
    from simulator.lookout import Lookout


class Sighting(ChoiceSet):
    """What is seen of one order at the moment of its decision.

    The rules read half of the columns and a simulated year asks them a million times, so the others wait until
    they are asked for. Whoever wants to keep a sighting beyond its moment calls `kept`.

    Parameters
    ----------
    moment : int
        The lookout's count of news; once it has moved on, what was not read in time cannot be read any more.
    """

    __slots__ = ("_lookout", "_menu_place", "_moment", "_now", "_order")

    # The parent is frozen; a sighting fills its columns as they are read.
    __setattr__ = object.__setattr__

    def __init__(self, lookout: Lookout, moment: int, order: int, menu_place: int, now: float) -> None:
        self._lookout, self._moment = lookout, moment
        self._order, self._menu_place, self._now = order, menu_place, now

    def __getattr__(self, name: str) -> Any:
        if name not in ChoiceSet.__slots__:
            msg = f"a choice set has no column {name!r}"
            raise AttributeError(msg)
        if self._moment != self._lookout.moment:
            msg = f"column {name!r} of a choice set was read after its moment had passed; call kept() in time"
            raise RuntimeError(msg)
        value = self._lookout.column(name, self._order, self._menu_place, self._now)
        setattr(self, name, value)
        return value

    def __eq__(self, other: object) -> bool:
        return self.kept() == (other.kept() if isinstance(other, Sighting) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self.kept())

    def __reduce__(self) -> tuple[Any, ...]:
        return ChoiceSet, self._values()

    def kept(self) -> ChoiceSet:
        """The same as a plain value that stays true."""
        return ChoiceSet(*self._values())

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in ChoiceSet.__slots__)
