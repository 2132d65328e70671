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
