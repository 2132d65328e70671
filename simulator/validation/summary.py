"""A validation as plain values for JSON, and in the few sentences that a person reads first."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from simulator.scenario.loading import scenario_hash
from simulator.validation.comparison import PERCENTILES, Comparison
from simulator.validation.demand_profiles import Profile
from simulator.validation.groups import KINDS, LANE_LEVEL
from simulator.validation.validate import Validation
from simulator.validation.verdicts import AGREES, DIFFERS, UNKNOWN, verdict_of

NAMED = {"all": "all orders", "service_level": "service levels", "lane": "lanes", LANE_LEVEL: "lanes by service level"}
# Drift below this is not worth a sentence.
DRIFT_HOURS = 1.0


def summary(found: Validation) -> dict[str, Any]:
    """Everything but the orders; NaN stands for what is not known."""
    moments = found.history.orders["ordered_at"]
    return {
        "history": {
            "name": found.source.name,
            "n_orders": len(found.source.observed),
            "n_compared": len(found.history),
            "first_compared_at": moments.iloc[0].isoformat(),
            "last_compared_at": moments.iloc[-1].isoformat(),
            "step_hours": found.history.step_hours,
            "drift_hours": found.drift_hours,
        },
        "world": {
            "scenario": found.scenario.name,
            "scenario_sha256": scenario_hash(found.scenario),
            "calibrated_on_the_earlier_orders": found.is_calibrated,
            "mode": found.mode,
            "n_compared": len(found.world),
            "n_seeds": int(found.world.orders["run"].max()) + 1,
        },
        "counts": {kind: counts(found, kind) for kind in KINDS},
        "lead_times": [_of_comparison(item) for item in found.comparisons],
        "demand": [_of_profile(profile) for profile in found.profiles],
        "exact_replay": found.exact_replay,
        "notes": list(found.notes),
        "percentiles": list(PERCENTILES),
    }


def counts(found: Validation, kind: str) -> dict[str, int]:
    """How many groups of a kind agree, differ, or cannot be told."""
    words = Counter(verdict_of(item).word for item in found.comparisons if item.kind == kind)
    return {word: words[word] for word in (AGREES, DIFFERS, UNKNOWN)}


def sentences(found: Validation) -> list[str]:
    """The verdict, group by group of the larger kinds, then demand, then what to bear in mind."""
    n_seeds = int(found.world.orders["run"].max()) + 1
    played = f"{len(found.world):,} of {found.scenario.name!r} under {n_seeds} seed{'s' if n_seeds > 1 else ''}"
    told = [f"{len(found.history):,} orders against {played} ({found.mode})"]
    told += [f"{item.name}: {verdict_of(item).sentence}" for item in found.comparisons if item.kind in KINDS[:2]]
    for kind in KINDS[2:]:
        of_kind = counts(found, kind)
        told.append(
            f"{NAMED[kind]}: {of_kind[AGREES]} agree, {of_kind[DIFFERS]} differ, {of_kind[UNKNOWN]} cannot be told"
        )
    told += [f"orders by {profile.name.replace('_', ' ')}: {profile.verdict().sentence}" for profile in found.profiles]
    return [*told, *reservations(found)]


def reservations(found: Validation) -> list[str]:
    """What a reader should know before believing the rest."""
    told = [
        f"the history itself drifted: {level} took {hours:+.1f} h in the later orders"
        for level, hours in found.drift_hours.items()
        if abs(hours) > DRIFT_HOURS
    ]
    if found.exact_replay is not None:
        told.append(
            f"played again with its own seed and actions, {found.exact_replay['n_equal']:,} of "
            f"{found.exact_replay['n_orders']:,} orders arrive to the microsecond"
        )
    return [*told, *found.notes]


def _of_comparison(item: Comparison) -> dict[str, Any]:
    verdict = verdict_of(item)
    return {**asdict(item), "verdict": verdict.word, "sentence": verdict.sentence}


def _of_profile(profile: Profile) -> dict[str, Any]:
    verdict = profile.verdict()
    return {
        "by": profile.name,
        "labels": list(profile.labels),
        "in_history": profile.in_history.tolist(),
        "in_world": profile.in_world.tolist(),
        "distance": profile.distance,
        "p": profile.p,
        "verdict": verdict.word,
        "sentence": verdict.sentence,
    }
