"""Plans: a request that was found sound, before anything is written or played."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

from data.home import Home
from experiments.whatif.affordability import StudyCost, require_affordable, study_cost
from experiments.whatif.contenders import Contender, contenders_of
from experiments.whatif.errors import StudyPlanError
from experiments.whatif.folder import StudyFolder, code_sha256
from experiments.whatif.playing import RunSettings
from experiments.whatif.replication import ReplicationTask
from experiments.whatif.request import StudyRequest
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.stress import Stress, n_orders_under, stressed
from experiments.whatif.warm_start import WarmStart, first_change_hours, warm_start_of
from simulator.run import MOST_SEED
from simulator.scenario.schema import Scenario

MOST_WORKERS = 64
DEFAULT_WARM_UP_DAYS = 1.0


@dataclass(frozen=True)
class Plan:
    """A request that was found sound: nothing has been written yet.

    Parameters
    ----------
    settings : RunSettings
        Of a run without extra load.
    """

    contenders: tuple[Contender, ...]
    settings: RunSettings
    rule: StoppingRule
    seed: int
    n_workers: int
    folder: StudyFolder
    cost: StudyCost
    stress: Stress | None = None

    def task(self, place: int, number: int) -> ReplicationTask:
        """The replication of a contender with a number."""
        contender, folder = self.contenders[place], self.folder
        settings = settings_under(contender, self.settings)
        return ReplicationTask(contender, number, self.seed + number, settings, folder.path, folder.study)


def plan_study(request: StudyRequest, out: Path, home: Home) -> Plan:
    """Check a request in full before anything is written or played.

    Raises
    ------
    WhatIfError
        If policies, numbers or the folder cannot be used, or it would take too much.
    SimulatorError
        If a scenario cannot be used.
    """
    rule = request.rule
    contenders = contenders_of(request.scenarios, request.policies, request.weights, home)
    if len(contenders) < 2 and request.stress is None:  # noqa: PLR2004 - a comparison has two sides
        msg = "one policy in one scenario leaves nothing to compare; name a second policy or a second scenario"
        raise StudyPlanError(msg)
    if rule.seeks_best and len(request.policies) < 2:  # noqa: PLR2004
        msg = "--indifference selects the best of several policies, and there is one; leave it out or name a second"
        raise StudyPlanError(msg)
    if rule.half_widths and len(contenders) < 2:  # noqa: PLR2004
        msg = "--until waits for the interval of a difference, and there is one policy; name a second"
        raise StudyPlanError(msg)
    _require_usable(request)
    settings = _settings(request, contenders, home)
    if request.stress is not None:
        contenders = stressed(contenders, request.stress, settings.n_orders, settings.warm_up_days)
    runs = [(contender, settings_under(contender, settings)) for contender in contenders]
    cost = study_cost(runs, rule.n_most, request.n_workers)
    if not request.force:
        require_affordable(cost)
    folder = StudyFolder(out, _identity(contenders, settings, request.seed))
    folder.require_usable(fresh=request.fresh)
    return Plan(contenders, settings, rule, request.seed, request.n_workers, folder, cost, request.stress)


def settings_under(contender: Contender, settings: RunSettings) -> RunSettings:
    """Settings with as many orders as a contender's load brings."""
    n_orders = n_orders_under(contender.load, contender.scenario, settings.n_orders, settings.warm_up_days)
    return replace(settings, n_orders=n_orders) if contender.load != 1 else settings


def _settings(request: StudyRequest, contenders: Sequence[Contender], home: Home) -> RunSettings:
    n_orders, warm_start = _n_orders(request, contenders[0].scenario), _warm_start(request, contenders, home)
    warm_up_days = _warm_up_days(request, contenders) if warm_start is None else warm_start.days
    if warm_start is not None and warm_start.days * contenders[0].scenario.demand.orders_per_day >= n_orders:
        msg = (
            f"a replication of {n_orders:,} orders ends before the warm start after {warm_start.days:g} days: the past "
            f"is part of it; ask for more days or orders, or for an earlier moment"
        )
        raise StudyPlanError(msg)
    return RunSettings(
        n_orders,
        warm_up_days,
        request.weights,
        force=request.force,
        warm_start=warm_start,
        tracks_recovery=request.stress is None,
    )


def _warm_start(request: StudyRequest, contenders: Sequence[Contender], home: Home) -> WarmStart | None:
    if request.warm_start is None:
        return None
    if request.warm_up_days is not None:
        msg = "a warm start begins where its past ends; leave out --warm-up, or start cold"
        raise StudyPlanError(msg)
    return warm_start_of(request.warm_start, contenders, request.weights, home)


def _n_orders(request: StudyRequest, scenario: Scenario) -> int:
    if request.n_orders is not None:
        n_orders = request.n_orders
    elif math.isfinite(request.days) and request.days > 0:
        n_orders = math.ceil(request.days * scenario.demand.orders_per_day)
    else:
        msg = f"days is {request.days:g}; give a positive number of days"
        raise StudyPlanError(msg)
    if n_orders < 1:
        msg = f"n_orders is {n_orders}; a replication needs at least 1 order"
        raise StudyPlanError(msg)
    return n_orders


def _warm_up_days(request: StudyRequest, contenders: Sequence[Contender]) -> float:
    """The same for all contenders, so that they are judged by the same orders."""
    if request.warm_up_days is None:
        hours = first_change_hours(contenders)
        return DEFAULT_WARM_UP_DAYS if hours is None else max(0.0, min(DEFAULT_WARM_UP_DAYS, hours / 24))
    if not (math.isfinite(request.warm_up_days) and request.warm_up_days >= 0):
        msg = f"the warm-up is {request.warm_up_days:g} days; give 0 or more"
        raise StudyPlanError(msg)
    return request.warm_up_days


def _require_usable(request: StudyRequest) -> None:
    if not 0 <= request.seed <= MOST_SEED - request.rule.n_most:
        msg = f"seed is {request.seed}; give one from 0 to {MOST_SEED - request.rule.n_most}"
        raise StudyPlanError(msg)
    if not 1 <= request.n_workers <= MOST_WORKERS:
        msg = f"{request.n_workers} workers; give from 1 to {MOST_WORKERS}"
        raise StudyPlanError(msg)


def _identity(contenders: Sequence[Contender], settings: RunSettings, seed: int) -> dict[str, object]:
    warm_start = settings.warm_start
    return {
        "contenders": [contender.identity for contender in contenders],
        "n_orders": settings.n_orders,
        "warm_up_days": settings.warm_up_days,
        "warm_start": None if warm_start is None else warm_start.identity,
        "weights": asdict(settings.weights),
        "first_seed": seed,
        "routecause": version("routecause"),
        "code_sha256": code_sha256(),
    }
