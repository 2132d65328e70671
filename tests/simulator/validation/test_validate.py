"""A history is split by time, a log is replayed, and what is found is written whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from data.errors import InputFileError
from data.history.dataset import OrderHistory
from data.manifest import read_manifest, write_manifest
from simulator.errors import ScenarioFileError, ValidationError
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.loading import load_scenario, scenario_hash
from simulator.scenario.schema import Scenario
from simulator.validation.observed import of_history
from simulator.validation.playing import replays_exactly
from simulator.validation.report import write_validation
from simulator.validation.source import Source, source_of
from simulator.validation.summary import sentences, summary
from simulator.validation.validate import TRACE, Validation, ValidationWishes, validate
from simulator.validation.verdicts import DIFFERS, verdict_of

ROOT = Path(__file__).parents[3]
DATACO, MAPPING = (
    ROOT.parent / "shared" / "data" / "dataco_orders_sample.csv",
    ROOT / "data" / "mappings" / "dataco.yaml",
)
LOG_WISHES = ValidationWishes("small", "base_world", 3_000, 2, n_seeds=3)


def logged(scenario: Scenario, folder: Path, *, n_orders: int = 3_000, seed: int = 5) -> Path:
    """A decision log of uniform routing, as `routecause simulate` writes it."""
    run = simulate(scenario, UniformRouting(), UniformCompensation(), n_orders=n_orders, seed=seed)
    facts = {"seed": seed, "n_orders": n_orders, "scenario_sha256": scenario_hash(scenario)}
    (folder / "log").mkdir(parents=True)
    run.decision_log().save(folder / "log", {"source": "simulated", **facts})
    write_manifest(folder, {"kind": "dataset", **facts})
    return folder


@pytest.fixture(scope="module")
def log_folder(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return logged(small, tmp_path_factory.mktemp("validation") / "dataset")


@pytest.fixture(scope="module")
def replay(log_folder: Path) -> Validation:
    return validate(source_of(log_folder, None), LOG_WISHES)


def test_a_log_is_replayed_with_its_own_orders_and_actions(replay: Validation) -> None:
    assert replay.mode == TRACE
    assert replay.notes == ()
    assert len(replay.history) * 3 == len(replay.world)
    ours, every = replay.history.orders, replay.world.orders
    theirs = every[every["run"] == 0]
    for name in ("region", "service_level", "node"):
        assert (ours[name] == theirs[name]).all()
    # Same orders, other chance: the same distributions, and not the same parcels.
    assert (ours["lead_hours"] != theirs["lead_hours"]).mean() > 0.5
    assert not [item.name for item in replay.comparisons if verdict_of(item).word == DIFFERS]


def test_with_its_own_seed_and_actions_a_log_repeats_to_the_microsecond(replay: Validation) -> None:
    assert replay.exact_replay == {"n_orders": 3_000, "n_equal": 3_000}


def test_a_log_with_cancelled_and_absent_orders_repeats_to_the_microsecond(
    changed: Callable[..., Scenario], tmp_path: Path
) -> None:
    leaving = changed(
        {
            "customers.cancellation": {"share": 0.1, "after_hours_quantiles": [0.05, 1, 8]},
            "customers.feedback": {"latent_share": 0.1},
            "customers.n_customers": 300,
        }
    )
    source = source_of(logged(leaving, tmp_path / "dataset", n_orders=1_500), None)
    assert len(source.cancelled) > 20
    assert len(source.observed) + len(source.cancelled) < 1_500 - 20
    n_equal = replays_exactly(source, leaving, 5, 1_500)
    assert n_equal == len(source.observed)


def test_a_world_of_slower_carriers_is_found_out(changed: Callable[..., Scenario], tmp_path: Path) -> None:
    slow = changed({f"carriers.{place}.speed_factor": 1.5 for place in range(3)})
    found = validate(source_of(logged(slow, tmp_path / "dataset"), None), LOG_WISHES)
    assert found.exact_replay is None
    levels = {item.name: verdict_of(item) for item in found.comparisons if item.kind == "service_level"}
    assert levels["standard"].sentence.startswith("too fast by")
    assert levels["express"].word == DIFFERS


def test_a_log_without_a_scenario_is_refused(log_folder: Path) -> None:
    with pytest.raises(ValidationError, match=r"no scenario can be calibrated; name one with --scenario"):
        validate(source_of(log_folder, None), replace(LOG_WISHES, scenario=None))


def test_a_log_of_another_world_is_refused(log_folder: Path) -> None:
    with pytest.raises(ValidationError, match=r"of regions or service levels that 'base_world' does not have"):
        validate(source_of(log_folder, None), replace(LOG_WISHES, scenario="base_world"))


def test_a_trace_of_another_volume_is_not_replayed_but_compared(log_folder: Path) -> None:
    source = source_of(log_folder, None)
    orders = source.observed.orders
    stretched = orders["ordered_at"].iloc[0] + (orders["ordered_at"] - orders["ordered_at"].iloc[0]) * 20
    thin = replace(source, observed=replace(source.observed, orders=orders.assign(ordered_at=stretched)), facts={})
    found = validate(thin, LOG_WISHES)
    assert found.mode != TRACE
    assert re.match(r"no trace replay: the history has \d\d orders a day, 'small' is made for 1,500", found.notes[0])


def test_the_report_is_written_whole_and_says_the_same_to_people_and_programs(
    replay: Validation, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    write_validation(replay, out)
    page, told = (out / "report.md").read_text(encoding="utf-8"), json.loads((out / "report.json").read_text("utf-8"))
    assert read_manifest(out)["kind"] == "validation"
    assert {path.name for path in out.glob("*.png")} == {"lead_times.png", "lanes.png", "demand.png"}
    for sentence in sentences(replay):
        assert sentence in page
    for group, item in zip(told["lead_times"], replay.comparisons, strict=True):
        assert group["sentence"] == verdict_of(item).sentence
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    write_validation(replay, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("mine")
    with pytest.raises(InputFileError, match="was not written by routecause"):
        write_validation(replay, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["diary.txt"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["nowhere"], InputFileError, "no such file or folder"),
        ([".", "--scenario", "small"], InputFileError, "no readable manifest"),
        ([".", "--held-out", "1.5"], ValidationError, "held-out is 1.5; give a share"),
        ([".", "--seeds", "2"], ValidationError, "seeds is 2; give 1, .* or from 3 to 100"),
        ([".", "--held-out", "nan"], ValidationError, "held-out is nan; give a share"),
    ],
)
def test_what_cannot_be_validated_is_told_with_a_remedy(
    arguments: list[str], error: type[Exception], said: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["validate", *arguments, "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, error)
    assert re.search(said, str(done.exception))
    assert not (tmp_path / "out").exists()


def test_an_unknown_scenario_is_told_by_name(log_folder: Path) -> None:
    with pytest.raises(ScenarioFileError, match="'atlantis'"):
        validate(source_of(log_folder, None), replace(LOG_WISHES, scenario="atlantis"))


def test_calibration_sees_the_earlier_orders_only(plant_drift: Callable[[float], OrderHistory]) -> None:
    """The last third of a history takes 40 hours more than the rest: its world cannot know."""
    history = plant_drift(40.0)
    source = Source("planted", of_history(history), history, {})
    found = validate(source, ValidationWishes(None, "base_world", 4_000, 1, n_seeds=3))
    assert found.is_calibrated
    assert found.drift_hours["standard class"] == pytest.approx(40.0, abs=4)
    level = next(item for item in found.comparisons if item.name == "standard class")
    assert verdict_of(level).sentence.startswith("too fast by")
    assert summary(found)["counts"]["service_level"][DIFFERS] >= 1


@pytest.mark.shared_data
def test_a_real_history_is_calibrated_on_its_past_and_compared_with_its_future(tmp_path: Path) -> None:
    if not DATACO.exists():
        pytest.skip(f"the public DataCo sample is not at {DATACO}")
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app,
        [
            "validate",
            str(DATACO),
            "--mapping",
            str(MAPPING),
            "--out",
            str(out),
            "--orders",
            "4000",
            "--seeds",
            "3",
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["world"]["calibrated_on_the_earlier_orders"]
    assert told["history"]["n_compared"] == pytest.approx(0.3 * 5_488, abs=2)
    means = {item["name"]: item["shift_hours"] for item in told["lead_times"] if item["kind"] == "service_level"}
    # Calibration aims at the mean: on orders it never saw, each level's is met to within a step of the history.
    assert set(means) == {"same day", "first class", "second class", "standard class"}
    assert all(abs(shift) < 12 for shift in means.values())
    assert load_scenario(out / "scenario.yaml").name == "calibrated"
