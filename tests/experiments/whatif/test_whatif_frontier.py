from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from numpy.typing import NDArray

from experiments.whatif.errors import WhatIfError
from experiments.whatif.frontier import TRADED, Frontier, standings
from experiments.whatif.kpis import KPIS
from experiments.whatif.publication import publish
from experiments.whatif.stopping import StoppingRule
from experiments.whatif.study import Plan, run_study
from experiments.whatif.sweep import swept
from experiments.whatif.trade_charts import frontier_figure

Planner = Callable[..., Plan]
N_RUNS = 12


def _values(*means: tuple[float, float, float], noise: float = 1.0, seed: int = 1) -> NDArray[np.float64]:
    """Contenders of these mean costs, shares on time and carbon, who share much of their chance."""
    generator = np.random.default_rng(seed)
    values = np.zeros((len(means), N_RUNS, len(KPIS)))
    common = generator.normal(size=(N_RUNS, 3))
    for place, mean in enumerate(means):
        values[place][:, TRADED] = mean + noise * (5 * common + 0.2 * generator.normal(size=(N_RUNS, 3)))
    return values


def _told(values: NDArray[np.float64]) -> list[str]:
    return [item.standing for item in standings(range(len(values)), values, 0.95)]


def test_what_is_traded_is_cost_service_and_carbon() -> None:
    assert [KPIS[place].name for place in TRADED] == ["cost", "on_time", "carbon"]


def test_who_is_worse_in_all_three_is_dominated_and_who_is_best_in_one_is_not() -> None:
    cheap, punctual, poor = (100.0, 80.0, 10.0), (200.0, 95.0, 20.0), (210.0, 70.0, 30.0)
    found = standings(range(3), _values(cheap, punctual, poor), 0.95)
    assert [item.standing for item in found] == ["on_frontier", "on_frontier", "dominated"]
    assert found[2].dominated_by == (0, 1)


def test_a_higher_share_on_time_is_better_not_worse() -> None:
    assert _told(_values((100.0, 80.0, 10.0), (100.0, 90.0, 10.0), noise=0.0)) == ["dominated", "on_frontier"]


def test_nobody_is_called_dominated_on_means_alone() -> None:
    better_by_a_hair = _values((100.0, 80.0, 10.0), (100.01, 79.99, 10.01))
    assert _told(better_by_a_hair) == ["not_enough_runs", "not_enough_runs"]


def test_equals_do_not_dominate_each_other() -> None:
    values = _values((100.0, 80.0, 10.0))
    assert _told(np.concatenate([values, values])) == ["on_frontier", "on_frontier"]


def test_four_runs_place_nobody() -> None:
    values = _values((100.0, 80.0, 10.0), (210.0, 70.0, 30.0))[:, :4]
    assert _told(values) == ["not_enough_runs", "not_enough_runs"]


def test_a_false_word_on_any_contender_is_as_rare_as_promised() -> None:
    # All alike but for one trade: whoever is called dominated is called so by chance.
    means, n_studies = [(100.0, 80.0, 10.0)] * 4, 80
    wrong = sum("dominated" in _told(_values(*means, seed=seed)) for seed in range(n_studies))
    assert wrong / n_studies <= 0.05


def test_a_study_tells_and_draws_its_frontier(plan_in: Planner) -> None:
    study = run_study(plan_in(policies=("rules", "explore:0", "explore:.9"), n_orders=150, rule=StoppingRule(5, 5)))
    published = publish(study)
    (frontier,) = published.summary["frontiers"]
    standing = {item["contender"]: item["standing"] for item in frontier["contenders"]}
    assert standing["rules"] == standing["explore:0"]
    (picture,) = published.of_this_run["pictures"]
    drawn = (study.plan.folder.path / "frontier.png").read_bytes()
    assert picture.endswith("frontier.png")
    assert drawn.startswith(b"\x89PNG")
    publish(study)
    assert (study.plan.folder.path / "frontier.png").read_bytes() == drawn


def test_no_words_of_a_frontier_are_small_print_or_beside_the_page() -> None:
    labels = [f"causal@cost=0.{place}33333" for place in range(9)]
    values = _values(*[(100.0 + 30 * place, 90.0 - place, 10.0) for place in range(9)])
    means = [(100.0 + 30 * place, 0.9 - 0.01 * place, 0.2) for place in range(9)]
    figure = frontier_figure(Frontier("small", standings(range(9), values, 0.95)), labels, means)
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    words = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert min(float(text.get_fontsize()) for text in words) >= 11
    assert all(
        text.get_window_extent().x1 <= figure.bbox.x1 and text.get_window_extent().y0 >= 0
        for text in words
        if any(label in text.get_text() for label in labels)
    )


def test_a_sweep_stands_in_for_policies_without_weights_alone() -> None:
    named = ["rules", "causal@fast", "causal:models/a@b/7", "explore:.2"]
    assert swept(named, "carbon=0:.5:2") == (
        "rules",
        "causal@fast",
        "causal:models/a@b/7@carbon=0",
        "causal:models/a@b/7@carbon=0.5",
        "explore:.2",
    )


def test_a_grid_leaves_out_weights_that_sum_to_more_than_one() -> None:
    found = swept(["causal"], "cost=0:1:3,carbon=0:1:3")
    assert found == (
        "causal@cost=0+carbon=0",
        "causal@cost=0+carbon=0.5",
        "causal@cost=0+carbon=1",
        "causal@cost=0.5+carbon=0",
        "causal@cost=0.5+carbon=0.5",
        "causal@cost=1+carbon=0",
    )


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("price=0:1:5", "is no term"),
        ("cost=0:1:5,cost=0:1:5", "comes twice"),
        ("cost=0:1", "is no range"),
        ("cost=0:2:5", "weights are shares"),
        ("cost=1:0:5", "weights are shares"),
        ("cost=0:nan:5", "is no range"),
        ("cost=0:1:1", "from 2 to 25"),
        ("cost=0:1:2.5", "from 2 to 25"),
        ("cost=0:1:1e9", "from 2 to 25"),
        ("cost=0:1:20,time=0:1:20", "sets of weights"),
    ],
)
def test_a_sweep_that_cannot_be_played_is_refused(sweep: str, message: str) -> None:
    with pytest.raises(WhatIfError, match=message):
        swept(["causal"], sweep)


def test_there_must_be_something_to_sweep() -> None:
    with pytest.raises(WhatIfError, match="names none without weights"):
        swept(["rules", "causal@fast"], "cost=0:1:5")
