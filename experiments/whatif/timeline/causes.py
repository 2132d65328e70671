"""Causes: why an order waits, misses a collection or takes long on its way, in words."""

from __future__ import annotations

import numpy as np

from experiments.whatif.timeline.journey import StepName
from simulator.delivery import severity_met
from simulator.lanes import Lane
from simulator.station import Station
from simulator.world import World

# Who is packed this soon after a collection is told which one it missed.
JUST_MISSED_HOURS = 3.0
# Weather that slows a parcel by less is not worth a word.
LEAST_SLOWDOWN = 0.05
_MISHAPS = {
    "carrier_refusal": "the carrier refused it at first",
    "customs_delay": "held at the border for missing papers",
    "address_change": "redirected to a new address",
}


def reason_to_wait(station: Station, order: int, state: StepName) -> str:
    """What an order waits for that has just come into this state; empty where it does not wait."""
    if state == "goods":
        return f"{_counted(station.missing_lines[order], 'article')} not on the shelf"
    if state == "picker":
        return _queue(station.pick_queue.index(order), station.pickers_present, "picker")
    if state == "packer":
        return _queue(station.pack_queue.index(order), station.packers_present, "packer")
    return ""


def story_of_the_collection(world: World, lane: Lane, packed_at: float, shipped_at: float, n_left_behind: int) -> str:
    """Why a parcel left when it did and not before."""
    if n_left_behind:
        return f"left behind by {_counted(n_left_behind, 'collection')} that had no room"
    timetable = world.stations[lane.node].plan.waves[lane.carrier]
    since_last = packed_at - timetable.at(timetable.first_from(shipped_at) - 1)
    if 0 < since_last <= JUST_MISSED_HOURS:
        return f"packed {_duration(since_last)} after the collection before had gone"
    return ""


def story_of_the_way(world: World, order: int, lane: Lane, shipped_at: float) -> str:
    """What a parcel met between its collection and the door."""
    stage, carrier = world.stage, lane.carrier
    place = np.array([world.lane_of[order]])
    slowdown = lane.weather_sensitivity * float(severity_met(stage, place, np.array([shipped_at]))[0])
    told = [f"bad weather slowed it by {100 * slowdown:.0f}%"] if slowdown >= LEAST_SLOWDOWN else []
    if any(jam.holds(lane.node, lane.region, shipped_at) for jam in stage.jams):
        told.append("held in a customs jam")
    mishap = stage.mishaps.gravest(order, world.lane_of[order], carrier).value if stage.mishaps else ""
    told += [_MISHAPS[mishap]] if mishap in _MISHAPS else []
    if world.record.lost[order]:
        told.append(f"lost on the way; another was sent ({_duration(stage.scenario.fulfilment.replacement_hours)})")
    if world.record.damaged[order]:
        spoiled = stage.demand.cold_chain[order] and not stage.troubles[lane.node].cooling.at(shipped_at)
        told.append("spoiled: it left a node whose cooling was down" if spoiled else "damaged on the way")
    return "; ".join(told)


def _queue(n_ahead: int, n_hands: int, hand: str) -> str:
    hands = _counted(n_hands, hand) if n_hands else f"no {hand}"
    return f"{_counted(n_ahead, 'order')} ahead, {hands} at work" if n_ahead else f"{hands} at work"


def _counted(count: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> _counted(1, "order"), _counted(2_000, "order")
    ('1 order', '2,000 orders')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _duration(hours: float) -> str:
    """A time span as people say it.

    Examples
    --------
    >>> _duration(0.2), _duration(96.0)
    ('12 min', '96.0 h')
    """
    return f"{60 * hours:.0f} min" if hours < 1 else f"{hours:.1f} h"
