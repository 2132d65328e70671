"""Settings of a routing model: when it asks a person, in all and by segment and node."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from decision.errors import ArtefactError

# A report is overdue that is half as old again as nearly all of its node's were in the training log, and by a quarter
# of an hour at least: clocks and networks are late, too.
OVERDUE_FACTOR = 1.5
LEAST_OVERDUE_HOURS = 0.25
OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """When to ask a person.

    Parameters
    ----------
    threshold : float
        A chance of being near best below this asks a person.
    epsilon_minor : float
        How much worse than the best still counts as near best, in minor currency units.
    stale_after_hours : float
        An older report of a node's state asks a person, whatever the node's habit.
    usual_age_hours : mapping of str to float
        By node: how old its reports became in the training log, but for rare exceptions.
    segment_thresholds : mapping of str to float
        Thresholds of segments that need more than the overall one; see `decision.routing.segments`.

    Raises
    ------
    ArtefactError
        If one of them makes no sense.
    """

    threshold: float = 0.85
    epsilon_minor: float = 0.0
    stale_after_hours: float = 24.0
    usual_age_hours: Mapping[str, float] = field(default_factory=dict)
    segment_thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chances = (self.threshold, *self.segment_thresholds.values())
        amounts = (self.epsilon_minor, self.stale_after_hours, *self.usual_age_hours.values())
        if not (all(0 <= value <= 1 for value in chances) and all(0 <= value < math.inf for value in amounts)):
            msg = f"routing model: {self} makes no sense; thresholds are from 0 to 1, the others finite from 0 up"
            raise ArtefactError(msg)

    def threshold_for(self, segments: Iterable[str]) -> tuple[float, str]:
        """The threshold for an order, and the segment that it is due to: the strictest of those it belongs to.

        Examples
        --------
        >>> ServingSettings(segment_thresholds={"region=west": 0.93}).threshold_for(["region=west", "promise=2d"])
        (0.93, 'region=west')
        """
        own = [(self.segment_thresholds[name], name) for name in segments if name in self.segment_thresholds]
        strictest = max(own, default=(self.threshold, OVERALL))
        return strictest if strictest[0] > self.threshold else (self.threshold, OVERALL)

    def overdue_after_hours(self, node_id: str) -> float:
        """From which age on a node's report is stale: overdue by the node's own habit, or old by any."""
        usual = self.usual_age_hours.get(node_id)
        if usual is None:
            return self.stale_after_hours
        return min(self.stale_after_hours, max(OVERDUE_FACTOR * usual, usual + LEAST_OVERDUE_HOURS))
