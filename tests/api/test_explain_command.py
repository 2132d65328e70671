"""`routecause explain` tells of a body in a file, and of what is wrong with the file, in one line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import run
from api.schemas.examples import ROUTING_EXAMPLE
from data.home import Home

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process; gives exit code, standard output and standard error."""

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["routecause", "explain", *words])
        with pytest.raises(SystemExit) as left:
            run()
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return command


def test_the_command_explains_a_body_from_a_file(
    publish: Callable[..., None], tmp_path: Path, explain: Command
) -> None:
    publish(Home(tmp_path / "home"), "1")
    body = tmp_path / "body.json"
    body.write_text(json.dumps(ROUTING_EXAMPLE), encoding="utf-8")
    home = ("--home", str(tmp_path / "home"))
    code, out, _ = explain(str(body), *home, "--lang", "zh", "--main-node", "node-lille")
    assert code == 0
    assert out.startswith("订单 order-1001 为何不由 node-lille 发货")
    assert json.loads(explain(str(body), *home, "--json")[1])["verdict"] == "kept"


@pytest.mark.parametrize(("made", "why"), [(False, "there is no such folder"), (True, "no model is published")])
def test_a_home_that_was_named_must_hold_a_model(tmp_path: Path, explain: Command, made: bool, why: str) -> None:
    body, home = tmp_path / "body.json", tmp_path / "typo"
    body.write_text(json.dumps(ROUTING_EXAMPLE), encoding="utf-8")
    if made:
        home.mkdir()
    code, out, error = explain(str(body), "--home", str(home))
    assert (code, out) == (2, "")
    assert f"typo: {why}; name " in error
    assert home.exists() == made


def test_a_mistyped_home_is_not_made_by_a_promotion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["routecause", "promote", "1", "--home", str(tmp_path / "typo")])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(("language", "note"), [("en", "No model answers: "), ("zh", "没有模型作答")])
def test_without_a_model_at_the_usual_place_that_is_said_first(
    tmp_path: Path, explain: Command, monkeypatch: pytest.MonkeyPatch, language: str, note: str
) -> None:
    monkeypatch.delenv("ROUTECAUSE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    body = tmp_path / "body.json"
    body.write_text(json.dumps(ROUTING_EXAMPLE), encoding="utf-8")
    code, out, error = explain(str(body), "--lang", language)
    assert (code, error) == (0, "")
    assert out.startswith(note)
    assert str(tmp_path / "var") in out.splitlines()[0]
    code, out, error = explain(str(body), "--lang", language, "--json")
    assert json.loads(out)["language"] == language
    assert error.startswith(note)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "; send one JSON object\n"),
        (b"[]", "dictionary"),
        (b'{"order_id": 1}', "/order_id"),
        (None, "cannot be read"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, explain: Command, content: bytes | None, said: str
) -> None:
    body = tmp_path / "body.json"
    if content is not None:
        body.write_bytes(content)
    code, out, error = explain(str(body), "--home", str(tmp_path / "home"))
    assert (code, out) == (2, "")
    assert said in error


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"objectiv_weights": None},
            "body.json: / holds 'objectiv_weights', which is not documented; did you mean 'obj",
        ),
        (
            {"lines": [{**ROUTING_EXAMPLE["lines"][0], "colour": 1}]},
            "body.json: /lines/0 holds 'colour', which is not d",
        ),
        (
            {"customer": {"customer_id": "c", "tags": {"offers_90_d": 1}}},
            "/customer/tags/offers_90_d a tag is named nea",
        ),
        (
            {"customer": {"customer_id": "c", "tags": {"opted_out": 1}}},
            "/customer/tags/opted_out a tag that speaks of c",
        ),
        ({"customer": {"customer_id": "c", "tags": {"vip": None}}}, "/customer/tags/vip must be a text, a number"),
        ({"customer": {"customer_id": "c", "tags": {"\x1b[2J": None}}}, "/customer/tags/\\x1b[2J must be a text"),
        ({"customer": {"customer_id": "c", "tags": {"opt\u202eout": 1}}}, "must not hold control or invisible"),
    ],
)
def test_a_fault_in_a_file_of_ones_own_is_told_with_its_name(
    tmp_path: Path, explain: Command, change: dict[str, Any], said: str
) -> None:
    body = tmp_path / "body.json"
    body.write_text(json.dumps({**ROUTING_EXAMPLE, **change}), encoding="utf-8")
    code, out, error = explain(str(body), "--home", str(tmp_path / "home"))
    assert (code, out) == (2, "")
    assert said in error


def test_each_misnamed_tag_of_a_file_is_a_fault_of_its_own(tmp_path: Path, explain: Command) -> None:
    body = tmp_path / "body.json"
    for tags in ({"offers_90_d": "offers_90d", "nPastOrders": "n_past_orders"}, {"opted_out": "", "optOuts": ""}):
        customer = {"customer_id": "c", "tags": dict.fromkeys(tags, 1)}
        body.write_text(json.dumps({**ROUTING_EXAMPLE, "customer": customer}), encoding="utf-8")
        _, _, error = explain(str(body), "--home", str(tmp_path / "home"))
        lines = error.splitlines()
        assert len(lines) == len(tags)
        for line, (name, meant) in zip(lines, tags.items(), strict=True):
            assert f"/customer/tags/{name} a tag " in line
            assert not meant or f"like {meant}, and" in line
