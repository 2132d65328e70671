"""Deciding: orders are put to the policy, all that come before the next news at once if it can answer them so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choices import Choice, Choices
from simulator.errors import InfeasibleActionError, PolicyError
from simulator.lookout import Lookout
from simulator.outlook import Glance
from simulator.policies import ManyAtOnce, RoutingPolicy, answers_many
from simulator.record import Record
from simulator.stage import Stage

ASK_THE_POLICY = -1
DOES_NOT_COME = -2
_NOT_ASKED, _DECIDED, _ABSENT = 0, 1, 2
# Where reports are rare, or have ceased, columns of this many orders are enough at a time.
MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a policy answered to orders that come one after the other, and which of them have come so far.

    Parameters
    ----------
    lanes : list of int
        That were chosen, by order, counted from the first.
    came : bytearray
        By order: decided, absent, or not asked (yet).
    """

    first: int
    glance: Glance
    choices: Choices
    lanes: list[int]
    came: bytearray


class Deciding:
    """Finds the lane that each order takes, and writes down what was decided on what.

    Parameters
    ----------
    prescribed : sequence of int or None
        As of `World`.
    quiet_until : callable
        Hours before which no node reports and no work is reckoned anew.
    """

    def __init__(
        self,
        stage: Stage,
        routing: RoutingPolicy,
        prescribed: Sequence[int] | None,
        quiet_until: Callable[[], float],
    ) -> None:
        self._stage, self._prescribed, self._quiet_until = stage, prescribed, quiet_until
        self._one = routing
        self._many = routing if isinstance(routing, ManyAtOnce) and answers_many(routing) else None
        self._menu_of: list[int] = stage.menu_of.tolist()
        self._uniforms = np.frombuffer(stage.routing_noise)
        self._answers: _Answers | None = None
        self._decided_until = 0

    def look_through(self, lookout: Lookout, record: Record) -> None:
        """Use this lookout from now on, and write into this record."""
        self._lookout, self._record = lookout, record
        self._answers, self._decided_until = None, 0

    def comes(self, order: int, comes: bool) -> bool:
        """Whether an order comes, if nothing else is prescribed."""
        prescribed = self._prescribed
        if prescribed is not None and prescribed[order] != ASK_THE_POLICY:
            return prescribed[order] != DOES_NOT_COME
        if not comes:
            self._stays_away(order)
        return comes

    def lane(self, order: int, now: float) -> int:
        """The lane that an order takes."""
        lanes = self._stage.table.menus[self._menu_of[order]].lanes
        if self._prescribed is not None and self._prescribed[order] != ASK_THE_POLICY:
            return lanes[_required(order, len(lanes), self._prescribed[order])]
        if self._many is None:
            return lanes[self._asked(order, now)]
        answers = self._answers_for(order, self._many)
        answers.came[order - answers.first] = _DECIDED
        return answers.lanes[order - answers.first]

    @property
    def is_ahead(self) -> bool:
        """Whether lanes are known before their orders come."""
        return self._many is not None and self._prescribed is None

    def lanes(self, first: int, last: int) -> list[int]:
        """The lanes of orders from one number on: of those before another, or of fewer, where lanes are known ahead."""
        if self._many is None:
            return []
        answers = self._answers_for(first, self._many)
        return answers.lanes[first - answers.first : last - answers.first]

    def note_coming(self, first: int, last: int, absent: list[int]) -> None:
        """Of orders whose lanes were known ahead: all from one number to before another came, but for those absent."""
        answers = self._answers
        if answers is None:
            return
        answers.came[first - answers.first : last - answers.first] = bytes([_DECIDED]) * (last - first)
        for order in absent:
            answers.came[order - answers.first] = _ABSENT
        self._record.absent += absent

    def write_down(self) -> None:
        """Write down what was decided since the last time."""
        answers = self._answers
        if answers is None:
            return
        glance, choices, came = answers.glance, answers.choices, np.frombuffer(answers.came, dtype=np.uint8)
        if came.min() == came.max() == _DECIDED:
            shelf, propensity = (glance.available, glance.safety), choices.propensity
            self._record.note_many(shelf, propensity, choices.index, choices.default_index)
        else:
            self._write_some_down(glance, choices, came)
        self._answers = _Answers(answers.first, glance, choices, answers.lanes, bytearray(len(answers.came)))

    def _write_some_down(self, glance: Glance, choices: Choices, came: NDArray[np.uint8]) -> None:
        """Where some were not asked for, or did not come."""
        by_row, by_node = (
            np.repeat(came == _DECIDED, np.diff(at)) for at in (glance.sets.offsets, glance.node_offsets)
        )
        index, default = (
            np.where(came == _DECIDED, column, DOES_NOT_COME)[came != _NOT_ASKED]
            for column in (choices.index, choices.default_index)
        )
        shelf = (glance.available[by_node], glance.safety[by_node])
        self._record.note_many(shelf, choices.propensity[by_row], index, default)

    def _stays_away(self, order: int) -> None:
        self._record.absent.append(order)
        if self._many is None:
            self._record.chosen.append(DOES_NOT_COME)
            self._record.default.append(DOES_NOT_COME)
        else:
            answers = self._answers_for(order, self._many)
            answers.came[order - answers.first] = _ABSENT

    def _answers_for(self, order: int, policy: ManyAtOnce) -> _Answers:
        """The answers that this order is among."""
        if self._answers is None or order >= self._decided_until:
            self.write_down()
            placed_at = self._stage.demand.placed_at_hours
            last = int(np.searchsorted(placed_at, self._quiet_until()))
            self._decided_until = min(max(last, order + 1), order + MOST_AT_ONCE)
            glance = self._lookout.glance(order, self._decided_until)
            choices = policy.choose_many(glance.sets, self._uniforms[order : self._decided_until])
            _require_choices(policy.name, choices, glance.sets.offsets)
            lanes = glance.lane[glance.sets.offsets[:-1] + choices.index].tolist()
            self._answers = _Answers(order, glance, choices, lanes, bytearray(self._decided_until - order))
        return self._answers

    def _asked(self, order: int, now: float) -> int:
        choices, available, safety = self._lookout.sighting(order, self._menu_of[order], now)
        choice = self._one.choose(choices, self._stage.routing_noise[order])
        _require_choice(self._one.name, choice, len(choices.candidate_id))
        self._record.note(available, safety, choice)
        return choice.index


def _required(order: int, n_candidates: int, place: int) -> int:
    if not 0 <= place < n_candidates:
        msg = f"order {order}: forced candidate {place} is not one of its {n_candidates}; take a feasible one"
        raise InfeasibleActionError(msg)
    return place


def _require_choice(policy: str, choice: Choice, n_candidates: int) -> None:
    in_range = 0 <= choice.index < n_candidates and 0 <= choice.default_index < n_candidates
    if not in_range or len(choice.propensities) != n_candidates:
        msg = (
            f"policy {policy!r} answered candidate {choice.index} (default {choice.default_index}) "
            f"with {len(choice.propensities)} propensities to {n_candidates} candidates; answer within the set"
        )
        raise PolicyError(msg)


def _require_choices(policy: str, choices: Choices, offsets: NDArray[np.int64]) -> None:
    sizes = np.diff(offsets)
    columns = (choices.index, choices.default_index)
    if any(column.shape != sizes.shape for column in columns) or choices.propensity.shape != (offsets[-1],):
        msg = (
            f"policy {policy!r} answered {len(sizes)} orders of {offsets[-1]} candidates with {columns[0].shape} "
            f"choices, {columns[1].shape} defaults and {choices.propensity.shape} propensities; give one for each"
        )
        raise PolicyError(msg)
    for column in columns:
        outside = (column < 0) | (column >= sizes)
        if outside.any():
            place = int(np.argmax(outside))
            msg = (
                f"policy {policy!r} answered candidate {column[place]} to {sizes[place]} candidates; "
                f"answer within the set"
            )
            raise PolicyError(msg)
