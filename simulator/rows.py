"""The candidates of orders as rows, an order's rows together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.lanes import Menu
from simulator.stage import Stage

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CandidateRows:
    """The candidates of some orders, one row each, an order's rows together.

    Parameters
    ----------
    order, lane : array of int of shape (n_rows,)
        The row's order, and its place in the lane table.
    offsets : array of int of shape (n_orders + 1,)
        Where each order's rows start, and the end.
    """

    order: Ints
    lane: Ints
    offsets: Ints


def candidate_rows(stage: Stage, orders: Ints) -> CandidateRows:
    """All candidates of these orders."""
    menus = stage.menu_of[orders]
    sizes = np.array([len(menu.lanes) for menu in stage.table.menus], dtype=np.int64)[menus]
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    return CandidateRows(np.repeat(orders, sizes), unfolded(stage.table.menus, "lanes", menus), offsets)


def unfolded(menus: tuple[Menu, ...], name: str, menu_of: Ints) -> Ints:
    """A menu's tuple of places, one after the other for every order, shape (n_rows,)."""
    places = [np.array(getattr(menu, name), dtype=np.int64) for menu in menus]
    sizes = np.array([len(place) for place in places])
    starts = np.concatenate(([0], np.cumsum(sizes)))
    offsets = np.concatenate(([0], np.cumsum(sizes[menu_of])))
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], sizes[menu_of])
    result: Ints = np.concatenate(places)[np.repeat(starts[menu_of], sizes[menu_of]) + within]
    return result
