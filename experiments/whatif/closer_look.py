"""A closer look: the commands that play the worst replication of a study again, and follow one order of it."""

from __future__ import annotations

import shlex
from html import escape

import numpy as np

from data.objective import DEFAULT_WEIGHTS
from experiments.whatif.breaking_point import ON_TIME
from experiments.whatif.contenders import Contender, PolicySpec
from experiments.whatif.plan import settings_under
from experiments.whatif.study import Study
from simulator.scenario.disruptions import DemandSpike

# Some order that comes early enough to be in every run.
SOME_ORDER = 100
STRESSED_FILE = "stressed.yaml"


def closer_look(study: Study) -> str:
    """The section of the report; empty where nothing was compared."""
    if study.plan.stress is not None:
        return _under_load(study)
    if not study.findings.comparisons:
        return ""
    comparison = study.findings.comparisons[0]
    contender, worst = study.findings.contenders[comparison.target], _worst(study)
    played = (contender.source, study.plan.settings.n_orders, study.plan.seed + worst)
    return _LOOK_CLOSER.format(
        which="that was least favourable to the first contender judged",
        before=_cold(study),
        command=escape(_simulate(contender.policy, *played)),
        order=escape(_timeline(contender.policy, *played)),
    )


def _cold(study: Study) -> str:
    """What the commands cannot do: begin with another policy's past."""
    warm = study.plan.settings.warm_start
    if warm is None:
        return ""
    return (
        f"<p>These commands begin with empty queues and let one policy decide from the first hour. The study's "
        f"replication went on from {warm.days:.3g} days that {escape(warm.policy.label)} had decided: the orders and "
        f"their chance are the same, the queues and stocks that they meet are not quite.</p>"
    )


def _under_load(study: Study) -> str:
    """The same of a stress test: the first policy under the load that broke it, else under the largest."""
    point = study.breaking_points[0]
    load = point.breaks_at if point.breaks_at is not None else point.loads[-1]
    place, contender = next(
        (place, one)
        for place, one in enumerate(study.findings.contenders)
        if one.policy.label == point.policy and one.load == load
    )
    on_time = study.findings.values[place, :, ON_TIME]
    worst = int(np.nanargmin(on_time)) if np.isfinite(on_time).any() else 0
    source = contender.source if load == 1 else STRESSED_FILE
    played = (source, settings_under(contender, study.plan.settings).n_orders, study.plan.seed + worst)
    return _LOOK_CLOSER.format(
        which=f"in which {escape(point.policy)} did worst at x{load:g}",
        before=_cold(study)
        + (_STRESSED.format(file=STRESSED_FILE, text=escape(_file(contender))) if load != 1 else ""),
        command=escape(_simulate(contender.policy, *played)),
        order=escape(_timeline(contender.policy, *played)),
    )


def _file(contender: Contender) -> str:
    """The scenario under its load, as changes to the one that was named."""
    lift = contender.scenario.disruptions[-1]
    if not isinstance(lift, DemandSpike):
        msg = f"{contender.label}: the last disruption is {lift.kind!r}, not the load"
        raise TypeError(msg)
    spell = f"starts_at: {lift.starts_at}, ends_at: {lift.ends_at}"
    return (
        f"name: {contender.scenario.name}\nbase: {contender.source}\nchanges:\n  disruptions.+:\n"
        f"    - {{kind: demand_spike, multiplier: {lift.multiplier}, {spell}}}"
    )


def _simulate(spec: PolicySpec, source: str, n_orders: int, seed: int) -> str:
    """The command that writes a replication's decision log."""
    policy = spec.kind if spec.artefact is None else f"causal:{spec.artefact}"
    explored = f"{spec.exploration:g}"
    share = ["--exploration", explored, "--compensation-exploration", explored] if spec.kind == "explore" else []
    command = ["routecause", "simulate", source, "--policy", policy, *share]
    command += ["--orders", f"{n_orders}", "--seed", f"{seed}", "--out", "worst"]
    other_weights = spec.artefact is not None and spec.weights != DEFAULT_WEIGHTS
    return shlex.join(command) + ("  # decides by balanced weights, not by its own" if other_weights else "")


def _timeline(spec: PolicySpec, source: str, n_orders: int, seed: int) -> str:
    """The command that follows one order of it under each action."""
    policy = f"causal:{spec.artefact}" if spec.artefact is not None else spec.label
    command = ["routecause", "timeline", source, "--policy", policy]
    command += ["--orders", f"{n_orders}", "--seed", f"{seed}"]
    return f"{shlex.join(command)} --order {min(SOME_ORDER, n_orders - 1)}"


def _worst(study: Study) -> int:
    """The replication in which the first comparison's target did worst against its reference."""
    comparison = study.findings.comparisons[0]
    target, reference = (study.findings.values[place, :, 0] for place in (comparison.target, comparison.reference))
    gaps = target - reference
    return int(np.nanargmax(gaps)) if np.isfinite(gaps).any() else 0


_LOOK_CLOSER = """<section><h2>Look closer</h2>
{before}<p>The decision log of the replication {which}:</p>
<code>{command}</code>
<p style="margin-top:.9rem">One order of it, under each action that it could have taken:</p>
<code>{order}</code>
</section>"""
_STRESSED = """<p>The scenario under this load, as a file <code style="display:inline">{file}</code>:</p>
<pre>{text}</pre>
"""
