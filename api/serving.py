"""The model in use: read from the shelf, verified, tried, and swapped while requests go on."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.selftest import try_models
from data.errors import DataError
from data.network import Network
from data.shelf import CHAMPION, MODEL_NAME, Shelf, ShelfEntry
from decision.artefact import load_artefact
from decision.compensation.model import CompensationModel
from decision.errors import DecisionError
from decision.evidence import Evidence
from decision.routing.model import RoutingModel

LOGGER = logging.getLogger("routecause.serving")
NETWORK_NAME = "network.json"
NOT_PUBLISHED = "no model is published"


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What answers at this moment; without a version it is the rules.

    Parameters
    ----------
    problem : str or None
        Why a newer model does not answer, or why there is none.
    evidence : Evidence
        What explains its answers, as far as its artefact holds it.
    """

    version: str | None = None
    routing: RoutingModel | None = None
    compensation: CompensationModel | None = None
    network: Network | None = None
    problem: str | None = None
    evidence: Evidence = field(default_factory=Evidence)


class ModelKeeper:
    """Follows the champion on the shelf.

    A broken artefact never replaces one that works: the old one goes on answering and the problem is told.

    Parameters
    ----------
    network : Path or None
        A network file to use instead of the one that is published with the model.

    Raises
    ------
    InputFileError
        If the network file cannot be read.
    """

    def __init__(self, shelf: Shelf, network: Path | None, poll_seconds: float) -> None:
        self._shelf = shelf
        self._own_network = None if network is None else Network.load(network)
        self._poll_seconds = poll_seconds
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._current = ServedModel(network=self._own_network, problem=NOT_PUBLISHED)

    @property
    def current(self) -> ServedModel:
        """What answers now; keep it for the whole of one request."""
        return self._current

    def refresh(self) -> None:
        """Look at the shelf once, and swap if the champion has changed."""
        try:
            entry = self._shelf.resolve(MODEL_NAME, CHAMPION)
            if entry is None or entry.version == self._current.version:
                self._note(None if entry else NOT_PUBLISHED)
                return
            self._current = self._loaded(entry)
            LOGGER.info("model %s version %s answers from now on", MODEL_NAME, entry.version)
        except (DataError, DecisionError) as error:
            self._note(f"the champion cannot be used ({type(error).__name__}); see the log", str(error))
        except Exception as error:
            # A damaged file can fail in ways that nobody listed; the service must outlive all of them.
            self._note(f"the champion cannot be used ({type(error).__name__})")

    def start(self) -> None:
        """Look once now, then every few seconds."""
        self.refresh()
        self._thread = threading.Thread(target=self._run, name="model-keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._poll_seconds):
            self.refresh()

    def _loaded(self, entry: ShelfEntry) -> ServedModel:
        artefact = load_artefact(entry.folder)
        try_models(artefact.routing, artefact.compensation)
        published = entry.folder / NETWORK_NAME
        network = self._own_network or (Network.load(published) if published.exists() else None)
        evidence = Evidence.from_parts(artefact.extras)
        return ServedModel(entry.version, artefact.routing, artefact.compensation, network, evidence=evidence)

    def _note(self, problem: str | None, detail: str = "") -> None:
        now = self._current
        if problem == now.problem:
            return
        if problem is not None:
            # The detail names files: it is for the operator's log, not for whoever asks about readiness.
            LOGGER.error("%s; still answering by %s. %s", problem, now.version or "the rules", detail)
        self._current = replace(now, problem=problem)
