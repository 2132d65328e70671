"""The demonstration says what it is doing while it does it."""

from __future__ import annotations

import io
import time

from rich.console import Console

from api.cli.demo import steps_told


def test_each_step_is_a_line_as_soon_as_it_begins_where_nobody_watches() -> None:
    written = io.StringIO()
    with steps_told(Console(file=written), time.perf_counter() - 61) as on_step:
        on_step("simulating")
        assert written.getvalue() == "  61 s  simulating\n"
        on_step("training")
        assert written.getvalue().endswith("\n  61 s  training\n")


def test_at_a_terminal_steps_that_are_done_are_ticked() -> None:
    written = io.StringIO()
    with steps_told(Console(file=written, force_terminal=True, width=60), time.perf_counter()) as on_step:
        on_step("simulating")
        on_step("training")
    assert written.getvalue().count("✓") >= 2
