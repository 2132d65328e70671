"""A scenario may be a few named changes to another; what does not fit is refused with what comes near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.errors import InheritanceError, ScenarioFileError, ScenarioValueError
from simulator.scenario.comparison import differences
from simulator.scenario.loading import load_scenario, scenario_hash
from simulator.scenario.schema import Scenario


def written(folder: Path, name: str, **content: Any) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({"name": name, **content}, sort_keys=False))
    return path


def test_changes_reach_fields_and_items_by_their_names(tmp_path: Path, small: Scenario) -> None:
    path = written(
        tmp_path,
        "mine",
        base="small",
        changes={
            "demand.orders_per_day": 2_000,
            "nodes.basel.pick_minutes": 12,
            "carriers.falcon.services.express.freight_base_minor": 700,
            "nodes.basel.shifts.1.pickers": 9,
            "weather": {"fronts_per_day": 0},
        },
    )
    mine = load_scenario(path)
    assert mine.demand.orders_per_day == 2_000
    assert mine.nodes[4].pick_minutes == 12
    assert mine.carriers[0].services[1].freight_base_minor == 700
    assert mine.nodes[4].shifts[1].pickers == 9
    assert mine.weather.fronts_per_day == 0
    changed_paths = {item.path for item in differences(small, mine)}
    assert "nodes.basel.pick_minutes" in changed_paths
    assert not any(path.startswith(("regions", "customers", "nodes.leipzig")) for path in changed_paths)


def test_an_heir_without_changes_is_the_same_world(tmp_path: Path, small: Scenario) -> None:
    heir = load_scenario(written(tmp_path, "mine", base="small"))
    assert heir.name == "mine"
    assert heir.source == {"kind": "changes to a base scenario", "base": "small", "base_hash": scenario_hash(small)}
    assert scenario_hash(heir) == scenario_hash(small)
    assert differences(heir, small) == []


def test_the_resolved_scenario_is_what_is_hashed(tmp_path: Path, small: Scenario) -> None:
    heir = load_scenario(written(tmp_path, "mine", base="small", changes={"nodes.basel.pick_minutes": 12}))
    written_out = small.model_dump(mode="json")
    written_out["nodes"][4]["pick_minutes"] = 12
    whole = tmp_path / "whole.yaml"
    whole.write_text(yaml.safe_dump(written_out))
    assert scenario_hash(load_scenario(whole)) == scenario_hash(heir) != scenario_hash(small)


def test_items_are_appended(tmp_path: Path) -> None:
    region = {"region_id": "St. Gallen", "lat": 47.4, "lon": 9.4, "demand_share": 0.01}
    mine = load_scenario(
        written(
            tmp_path, "mine", base="small", changes={"regions.+": [region], "regions.St. Gallen.demand_share": 0.02}
        )
    )
    assert mine.regions[-1].region_id == "St. Gallen"
    assert mine.regions[-1].demand_share == 0.02


def test_files_inherit_from_files_beside_them(tmp_path: Path) -> None:
    written(tmp_path, "parent", base="small", changes={"demand.n_skus": 50})
    (tmp_path / "sub").mkdir()
    child = written(tmp_path / "sub", "child", base="../parent.yaml", changes={"demand.hazmat_share": 0})
    assert load_scenario(child).demand.n_skus == 50


def test_rings_and_endless_lines_are_refused(tmp_path: Path) -> None:
    own = written(tmp_path, "own", base="./own.yaml")
    with pytest.raises(InheritanceError, match=r"own.yaml -> own.yaml; break the ring"):
        load_scenario(own)
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        written(tmp_path, name, base=f"./{base}.yaml")
    with pytest.raises(InheritanceError, match=r"a.yaml -> b.yaml -> c.yaml -> a.yaml"):
        load_scenario(tmp_path / "a.yaml")
    for number in range(12):
        written(tmp_path, f"n{number}", base=f"n{number + 1}.yaml" if number < 11 else "small")
    with pytest.raises(InheritanceError, match="more than 8 scenarios inherit"):
        load_scenario(tmp_path / "n0.yaml")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"demand.order_per_day": 5}, r"changes: demand.order_per_day: demand has no 'order_per_day'; did you mean"),
        ({"nodes.lepzig.pick_minutes": 5}, "nodes has no 'lepzig'; did you mean 'leipzig'"),
        ({"nodes.xyzzy.pick_minutes": 5}, "nodes has no 'xyzzy'; there are 'hamburg'"),
        ({"wether.fronts_per_day": 5}, "the scenario has no 'wether'; did you mean 'weather'"),
        ({"currency.code": "EUR"}, "currency is a plain value or empty, with no 'code' in it"),
        ({"disruptions.0.node": "basel"}, "disruptions is a plain value or empty"),
        ({"regions.+": {"region_id": "x"}}, "which is not a list"),
        ({"": 1}, "the scenario has no ''"),
        ([1, 2], "changes is .*, not a mapping"),
        (None, "changes is empty; write what is other than in the base, or leave out `changes`"),
        ({}, "changes is empty"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_changes_that_lead_nowhere_name_what_comes_near(tmp_path: Path, changes: Any, complaint: str) -> None:
    with pytest.raises(InheritanceError, match=complaint) as refusal:
        load_scenario(written(tmp_path, "mine", base="small", changes=changes))
    assert "mine.yaml" in str(refusal.value)


def test_a_change_to_an_impossible_value_names_file_and_field(tmp_path: Path) -> None:
    path = written(tmp_path, "mine", base="small", changes={"nodes.leipzig.pick_minutes": -4})
    with pytest.raises(ScenarioValueError, match=rf"{path}: nodes.leipzig.pick_minutes: .* got -4"):
        load_scenario(path)


def test_fields_beside_the_base_belong_under_changes(tmp_path: Path) -> None:
    with pytest.raises(InheritanceError, match="'demand' has no place beside `base`"):
        load_scenario(written(tmp_path, "mine", base="small", demand={"n_skus": 3}))
    with pytest.raises(InheritanceError, match="has changes but no base"):
        load_scenario(written(tmp_path, "mine", changes={}))
    with pytest.raises(InheritanceError, match="base is 3; give the name"):
        load_scenario(written(tmp_path, "mine", base=3))
    with pytest.raises(ScenarioFileError, match=r"mine.yaml: base 'smal': no scenario 'smal' ships .*'small'"):
        load_scenario(written(tmp_path, "mine", base="smal"))
    with pytest.raises(ScenarioFileError, match=r"mine.yaml: base './absent.yaml': .*absent.yaml: cannot be read"):
        load_scenario(written(tmp_path, "mine", base="./absent.yaml"))


def test_a_pinned_base_must_be_the_one_that_was_meant(tmp_path: Path, small: Scenario) -> None:
    good = written(tmp_path, "good", base="small", base_hash=scenario_hash(small)[:12])
    assert load_scenario(good).name == "good"
    for wrong in ("0123456789ab", scenario_hash(small)[:3], 7):
        with pytest.raises(InheritanceError, match="check what changed"):
            load_scenario(written(tmp_path, "bad", base="small", base_hash=wrong))


def test_another_order_of_the_same_items_is_a_difference(tmp_path: Path, small: Scenario) -> None:
    turned = [region.model_dump() for region in reversed(small.regions)]
    heir = load_scenario(written(tmp_path, "mine", base="small", changes={"regions": turned}))
    assert [item.path for item in differences(small, heir)] == ["regions (order)"]
