"""Workers of one trade at a node, as a SimPy resource whose capacity follows the shifts."""

from __future__ import annotations

import simpy


class Crew(simpy.Resource):
    """Pickers, or packers; an order requests one and releases it when its work is done."""

    def __init__(self, env: simpy.Environment) -> None:
        # SimPy wants at least one; the first shift says how many there are.
        super().__init__(env, capacity=1)

    def staff(self, n_present: int) -> None:
        """Change how many are there; who is at work finishes the order in hand, and free hands take who waits."""
        self._capacity = n_present
        # SimPy admits one waiter a trigger, however many hands have come.
        while self.queue and self.count < n_present:
            self._trigger_put(None)
