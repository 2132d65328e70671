"""What a node is, and what orders ask of it: plain values that never change while the node works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.shelf_life import ShelfLife
from simulator.steps import Steps
from simulator.timetable import LabourCurve, Timetable, Tiring


@dataclass(frozen=True, slots=True)
class Workload:
    """What orders ask of a node, by order number; shared by all nodes and never changed.

    Parameters
    ----------
    cancel_at_hours : sequence of float or None
        When each order's customer asks to cancel, infinite for never; None where nobody does.
    """

    pick_effort: Sequence[float]
    pack_effort: Sequence[float]
    line_start: Sequence[int]
    line_sku: Sequence[int]
    line_quantity: Sequence[int]
    cancel_at_hours: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class StationPlan:
    """What a node is: index, work times, shifts, collections and stock rules.

    Parameters
    ----------
    reorder_point, order_up_to, safety_stock : tuple of int
        Units by article.
    wave_caps : tuple of int
        The most parcels that one collection takes, by carrier.
    collected : tuple of Steps
        By carrier: share of the cap that a strike leaves.
    labour : Steps
        Share of the planned workers who are there.
    efficiency_decay_per_hour, least_efficiency : float
        Pace lost with every hour into a shift, and what is left at least, as shares of the fresh pace.
    shelf_life : ShelfLife or None
        How long goods keep; None is for ever.
    split_line_effort : float or None
        Where an order that is short of some lines is split: work of each further line of a parcel, as a share of the
        first one's. None is that it waits for all of them.
    """

    node: int
    pick_hours: float
    pack_hours: float
    shifts: Timetable
    pickers: tuple[int, ...]
    packers: tuple[int, ...]
    waves: tuple[Timetable, ...]
    wave_caps: tuple[int, ...]
    collected: tuple[Steps, ...]
    labour: Steps
    reorder_point: tuple[int, ...]
    order_up_to: tuple[int, ...]
    safety_stock: tuple[int, ...]
    replenishment_hours: float
    replenishment_cv: float
    efficiency_decay_per_hour: float = 0.0
    least_efficiency: float = 1.0
    shelf_life: ShelfLife | None = None
    split_line_effort: float | None = None

    @property
    def pickers_offered(self) -> LabourCurve:
        """Picking that the shifts offer, as tired as their hands get."""
        return LabourCurve(self.shifts.hours, self.pickers, self._tiring)

    @property
    def packers_offered(self) -> LabourCurve:
        """Packing likewise."""
        return LabourCurve(self.shifts.hours, self.packers, self._tiring)

    @property
    def _tiring(self) -> Tiring:
        return Tiring(self.efficiency_decay_per_hour, self.least_efficiency)
