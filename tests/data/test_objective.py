"""The objective prices outcomes and weighs them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.errors import ContractError
from data.objective import ObjectiveWeights, UnitValues, objective_coefficients

VALUES = UnitValues(
    lateness_minor_per_hour=3,
    carbon_minor_per_kg=5,
    late_order_minor=7,
    stock_out_minor=11,
    damaged_order_minor=13,
    replacement_minor=17,
)


def test_equal_weights_leave_plain_money() -> None:
    assert objective_coefficients(ObjectiveWeights(2, 2, 2, 2), VALUES) == (1, 3, 7, 11, 30, 0, 5)


def test_delays_to_others_count_only_where_asked_and_weigh_as_time_and_customers_do() -> None:
    asked = replace(VALUES, count_spillover=True)
    assert objective_coefficients(ObjectiveWeights(0, 3, 0, 1), asked)[5] == 2
    assert objective_coefficients(ObjectiveWeights(0, 3, 0, 1), VALUES)[5] == 0


def test_only_the_ratio_of_weights_matters() -> None:
    once = objective_coefficients(ObjectiveWeights(1, 2, 3, 4), VALUES)
    assert objective_coefficients(ObjectiveWeights(10, 20, 30, 40), VALUES) == pytest.approx(once)


@pytest.mark.parametrize("bad", [(-1, 1, 1, 1), (0, 0, 0, 0), (float("nan"), 1, 1, 1), (float("inf"), 1, 1, 1)])
def test_weights_that_mean_nothing_are_refused(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ContractError, match="finite, not negative"):
        ObjectiveWeights(*bad)
