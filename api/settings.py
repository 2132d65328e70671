"""Settings of the service, with units in their names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.home import Home

LOCAL_HOSTS: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service process behaves.

    Parameters
    ----------
    home : Home
        Where the database and the published models lie.
    network : Path or None
        A network file to use instead of the one that is published with the model.
    guardrails : Path or None
        A file with the operator's limits of compensation; without it those that the service comes with.
    allowed_hosts : tuple of str
        Host names that requests may be addressed to; anything else is refused, so that a web page
        cannot reach the service through a name of its own.
    model_poll_seconds : float
        How often the shelf is asked whether the champion has changed.
    max_body_bytes : int
        Longer request bodies are refused.
    body_deadline_seconds : float
        A body that takes longer to arrive is refused.
    """

    home: Home
    network: Path | None = None
    guardrails: Path | None = None
    allowed_hosts: tuple[str, ...] = LOCAL_HOSTS
    model_poll_seconds: float = 2.0
    max_body_bytes: int = 1_048_576
    body_deadline_seconds: float = 10.0
