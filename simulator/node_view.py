"""A node as operators see it: its last report and what they make of it, its planned labour, its next collections."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.bookings import Bookings
from simulator.reckoning import Reckoning
from simulator.reports import Report
from simulator.seen import MOST_UTILIZATION
from simulator.stage import Stage


class NodeView:
    """What is known of one node, kept ready: its work and bookings as reckoned, its labour, its next collections.

    All but what is reckoned follows from the report, the timetables and the time, so a snapshot need not hold it.

    Parameters
    ----------
    waves : sequence of int
        By carrier: the number of its next collection.
    """

    __slots__ = (
        "_caps",
        "_collected_changes",
        "_hours",
        "_last_hour",
        "_order_hours",
        "_packers",
        "_pickers",
        "_plan",
        "_troubles",
        "_wave",
        "bookings",
        "cut_off_at_hours",
        "cut_offs",
        "reckoning",
    )

    def __init__(self, stage: Stage, node: int, waves: Sequence[int]) -> None:
        self._plan, self._troubles = stage.plans[node], stage.troubles[node]
        self._last_hour = stage.weather.last_hour
        self._hours = (self._plan.pick_hours * stage.mean_effort, self._plan.pack_hours * stage.mean_effort)
        self._pickers = self._plan.pickers_offered
        self._packers = self._plan.packers_offered
        self._caps: Sequence[int] = self._plan.wave_caps
        self._collected_changes = any(share.changes_at_hours for share in self._troubles.told_collected)
        self._order_hours = self._hours
        self.reckoning = Reckoning(0.0, 0.0, 0.0)
        self._wave = list(waves)
        self.bookings = Bookings((0,) * len(self._wave), tuple(self._wave))
        # By carrier: picker and packer hours until its next collection, and the hour of the forecast.
        self.cut_off_at_hours = [0.0] * len(self._wave)
        self.cut_offs = [(0.0, 0.0, 0)] * len(self._wave)
        for carrier in range(len(self._wave)):
            self._look_at_wave(carrier)

    def take(self, report: Report) -> None:
        """The node reports."""
        pick_hours, pack_hours = self._hours
        at_hours, troubles = report.observed_at_hours, self._troubles
        # With half the workers the work takes twice as long; with none it is never done.
        present = troubles.told_labour.at(at_hours)
        pick_work = report.to_pick * pick_hours / present if present else math.inf
        pack_work = (report.to_pick + report.to_pack) * pack_hours / present if present else math.inf
        self._order_hours = (pick_hours / present, pack_hours / present) if present else (math.inf, math.inf)
        self.reckoning = Reckoning(at_hours, pick_work, pack_work)
        if self._collected_changes:
            shares = [share.at(at_hours) for share in troubles.told_collected]
            self._caps = [int(cap * share) for cap, share in zip(self._plan.wave_caps, shares, strict=True)]
        self.bookings = Bookings(tuple(report.booked), tuple(self._wave))

    @property
    def booked(self) -> list[float]:
        """Parcels booked over what the next collection takes, by carrier."""
        return self.bookings.shares(self._caps, MOST_UTILIZATION)

    def reckon(self, now: float, sent: Sequence[int]) -> None:
        """Nobody has reported, and orders were sent there, by carrier, since this was last reckoned."""
        before, after = self.worker_hours(self.reckoning.at_hours), self.worker_hours(now)
        worked = (after[0] - before[0], after[1] - before[1])
        self.reckoning = self.reckoning.later(now, sum(sent), worked, self._order_hours)
        self.bookings = self.bookings.later(sent, self._wave, self._caps)

    def wave_passed(self, carrier: int) -> None:
        """A carrier has called."""
        self._wave[carrier] += 1
        self._look_at_wave(carrier)

    def worker_hours(self, now: float) -> tuple[float, float]:
        """Planned picker and packer hours from hour 0 until now."""
        return self._pickers.until(now), self._packers.until(now)

    def _look_at_wave(self, carrier: int) -> None:
        at_hours = self._plan.waves[carrier].at(self._wave[carrier])
        hour = min(int(at_hours), self._last_hour)
        self.cut_off_at_hours[carrier] = at_hours
        self.cut_offs[carrier] = (self._pickers.until(at_hours), self._packers.until(at_hours), hour)
