"""The operator's limits: read strictly, kept in every answer, and named there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.errors import LimitsError
from api.limits import DEFAULT_LIMITS, read_limits
from api.schemas.examples import COMPENSATION_EXAMPLE
from data.errors import InputFileError
from data.incidents import CompensationArm
from decision.compensation.guardrails import DEFAULT_GUARDRAILS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
COUPON, GIFT = CompensationArm.COUPON, CompensationArm.GIFT_SAMPLE


def written(folder: Path, text: str) -> Path:
    path = folder / "limits.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def asked(**changes: Any) -> dict[str, Any]:
    return {**COMPENSATION_EXAMPLE, **changes}


def tagged(**tags: Any) -> dict[str, Any]:
    customer = COMPENSATION_EXAMPLE["customer"]
    return asked(customer={**customer, "tags": {**customer["tags"], **tags}})


def test_the_file_on_the_page_says_what_it_seems_to(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    limits = read_limits(written(tmp_path, example))
    assert limits.version == "2026-11"
    assert limits.guardrails.most_per_incident_minor == 8_000
    assert limits.guardrails.four_eyes_from_minor == 5_000
    assert limits.guardrails.opt_outs == (("do_not_market", frozenset({COUPON, GIFT})),)
    assert limits.guardrails.combinations == (frozenset({COUPON, GIFT}),)


def test_what_a_file_leaves_out_is_limited_as_without_a_file(tmp_path: Path) -> None:
    assert read_limits(written(tmp_path, "version: v1\n")).guardrails == DEFAULT_GUARDRAILS


def test_a_digest_changes_with_what_the_limits_say_and_with_nothing_else(tmp_path: Path) -> None:
    one, again, other = (
        read_limits(written(tmp_path, text)).digest
        for text in (
            "version: v1\nmost_offers_90d: 2\nmost_spent_90d_minor: 9\n",
            "# said otherwise\nmost_spent_90d_minor: 9\nversion: v2\nmost_offers_90d: 2\n",
            "version: v1\nmost_offers_90d: 3\nmost_spent_90d_minor: 9\n",
        )
    )
    assert one == again != other


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("most_offers_90d: 2\n", "version: Field required"),
        ("version: v1\nmost_offers_90d: -1\n", "most_offers_90d: .* greater than or equal to 0, got -1"),
        ("version: v1\nmost_offers_90d: many\n", "most_offers_90d: .* valid integer, got 'many'"),
        ("version: v1\nmost_offer: 2\n", "most_offer: Extra inputs are not permitted"),
        ("version: v1\nopt_outs: {x: [hug]}\n", "opt_outs.x.0: .*'none', 'apology'.*got 'hug'"),
        ("version: v1\ncombinations: [[coupon, coupon]]\n", r"\['coupon'\].* are no pairs of arms"),
        ("version: 2026\n", "version: Input should be a valid string, got 2026"),
    ],
)
def test_limits_that_make_no_sense_are_refused_with_field_value_and_rule(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(LimitsError, match=told) as refused:
        read_limits(written(tmp_path, text))
    assert "limits.yaml" in str(refused.value)


@pytest.mark.parametrize("text", ["version: v1\nversion: v2\n", "- a\n", "a: &a [1]\nb: *a\n"])
def test_a_file_that_is_no_plain_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputFileError):
        read_limits(written(tmp_path, text))


def test_answers_keep_the_limits_and_name_them(serve: Any, publish: Any, tmp_path: Path) -> None:
    limits = read_limits(written(tmp_path, "version: strict\nmost_per_incident_minor: 0\n"))
    with serve(guardrails=tmp_path / "limits.yaml") as service:
        found = service.compensate(COMPENSATION_EXAMPLE).json()
    assert found["guardrails"] == {"version": "strict", "digest": limits.digest}
    assert {item["action"] for item in found["ranking"]} == {"none", "apology"}
    assert {"action": "coupon", "reason_code": "over_budget"} in found["rejected"]


def test_without_a_file_answers_name_the_limits_they_come_with(rules: Any) -> None:
    found = rules.compensate(COMPENSATION_EXAMPLE).json()
    assert found["guardrails"] == {"version": "default", "digest": DEFAULT_LIMITS.digest}


def test_a_request_may_name_pairs_that_the_file_knows_and_no_others(tmp_path: Path) -> None:
    limits = read_limits(written(tmp_path, "version: v1\ncombinations: [[coupon, gift_sample]]\n"))
    known, unknown = frozenset({COUPON, GIFT}), frozenset({COUPON, CompensationArm.APOLOGY})
    assert limits.with_pairs((known, unknown)).combinations == (known,)
    assert DEFAULT_LIMITS.with_pairs((unknown,)).combinations == (unknown,)


@pytest.mark.parametrize("name", ["offers_90d", "compensated_90d_minor"])
@pytest.mark.parametrize("value", ["CANARY", True, -1])
def test_a_tag_that_is_no_count_is_named_with_its_remedy_and_not_repeated(rules: Any, name: str, value: object) -> None:
    answer = rules.compensate(tagged(**{name: value}))
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/customer")
    assert fault["detail"].startswith(f"tag {name} must be a number from 0 up; leave it out")
    assert "CANARY" not in answer.text


def test_an_order_worth_nothing_is_never_refunded_by_itself(rules: Any, informed: Any) -> None:
    for service in (rules, informed):
        found = service.compensate(asked(order_value_minor=0)).json()
        assert {"action": "partial_refund", "reason_code": "gives_nothing"} in found["rejected"]
        assert found["recommended"] in {"none", "apology", "gift_sample"}
