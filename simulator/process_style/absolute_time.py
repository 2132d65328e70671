"""SimPy's clock with one thing more: waiting until a moment instead of for a while.

`timeout(moment - now)` ends at `now + (moment - now)`, which need not be the moment to the last bit.
"""

from __future__ import annotations

from heapq import heappush

import simpy
from simpy.events import EventPriority

# At equal times: labour comes first, and a collection takes what was packed on the stroke.
EARLY, NORMAL, LATE = EventPriority(0), EventPriority(1), EventPriority(2)


class Moment(simpy.Event):
    """An event that is already sure to happen."""

    def __init__(self, env: simpy.Environment) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None


class AbsoluteTime(simpy.Environment):
    """A SimPy environment whose processes may wait until a moment."""

    def until(self, at_hours: float, priority: EventPriority = NORMAL) -> Moment:
        """An event at an absolute time, in hours.

        Examples
        --------
        >>> world = AbsoluteTime(0.1)
        >>> world.run(until=world.until(0.3))
        >>> world.now
        0.3
        """
        moment = Moment(self)
        heappush(self._queue, (at_hours, priority, next(self._eid), moment))
        return moment
