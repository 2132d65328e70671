"""Reckoning: what an order-management system makes of a node's last report as time goes by.

It knows what it has sent there since, and how many hands the node had planned. It does not know what really happened:
of a node that has stopped without a word it reckons on as if nothing had.
"""

from __future__ import annotations

from dataclasses import dataclass

# As often as most nodes report, so that orders can be decided together between two of these moments.
RECKONED_EVERY_HOURS = 0.5


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One node's work, as reckoned at a moment.

    Parameters
    ----------
    pick_work, pack_work : float
        Hours of planned labour that are still to be done; infinite where nobody is there to do them.
    """

    at_hours: float
    pick_work: float
    pack_work: float

    def later(
        self, at_hours: float, n_sent: int, worked: tuple[float, float], order_hours: tuple[float, float]
    ) -> Reckoning:
        """The same at a later moment, if the node worked as planned and nobody waited for work that had not come.

        Parameters
        ----------
        n_sent : int
            Orders that were sent there meanwhile.
        worked : tuple of float
            Hours that pickers, and packers, had planned meanwhile.
        order_hours : tuple of float
            What one order takes of each.

        Examples
        --------
        >>> early = Reckoning(8.0, 2.0, 0.5)
        >>> early.later(8.25, 4, (0.75, 0.75), (0.1, 0.05))
        Reckoning(at_hours=8.25, pick_work=1.65, pack_work=0.2)
        """
        pick_work, pack_work = (
            max(work - hours, 0.0) + (n_sent * each if n_sent else 0.0)
            for work, hours, each in zip((self.pick_work, self.pack_work), worked, order_hours, strict=True)
        )
        return Reckoning(at_hours, pick_work, pack_work)
