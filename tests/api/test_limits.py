"""The operator's limits: read strictly, kept in every answer, and named there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.errors import LimitsError
from api.limits import DEFAULT_LIMITS, read_limits
from api.schemas.examples import COMPENSATION_EXAMPLE, PREVENTION_EXAMPLE, ROUTING_EXAMPLE
from data.errors import InputFileError
from data.incidents import ARMS, CompensationArm
from decision.compensation.guardrails import CONSENT_TAGS, DEFAULT_GUARDRAILS

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
        ("version: v1\nmost_offer: 2\n", "most_offer: is no limit that is read; did you mean 'most_offers_90d'"),
        ("version: v1\nopt_outs: {x: [hug]}\n", "opt_outs.x.0: .*'none', 'apology'.*got 'hug'"),
        ("version: v1\ncombinations: [[coupon, coupon]]\n", r"\['coupon'\].* are no pairs of arms"),
        ("version: 2026\n", "version: Input should be a valid string, got 2026; put it in quotes; see"),
        ("version: 1.10\n", "got 1.1; put it in quotes; see"),
        ("version: [a]\n", r"got \['a'\]; see"),
    ],
)
def test_limits_that_make_no_sense_are_refused_with_field_value_and_rule(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(LimitsError, match=told) as refused:
        read_limits(written(tmp_path, text))
    assert "limits.yaml" in str(refused.value)


def test_a_file_that_is_not_there_is_told_with_the_place_of_an_example(tmp_path: Path) -> None:
    told = r"cannot be read \(No such file or directory\); name a YAML file; there is an example in docs/api.md, Guardr"
    with pytest.raises(InputFileError, match=told):
        read_limits(tmp_path / "limits.yaml")


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


def test_a_pair_that_the_file_does_not_name_is_answered_with_its_reason(serve: Any, rules: Any, tmp_path: Path) -> None:
    body = asked(combinable_actions=[["gift_sample", "coupon"], ["coupon", "apology"], ["apology", "coupon"]])
    written(tmp_path, "version: v1\ncombinations: [[coupon, gift_sample]]\n")
    with serve(guardrails=tmp_path / "limits.yaml") as service:
        found = service.compensate(body).json()
    told = {"actions": ["apology", "coupon"], "reason_code": "operator_policy"}
    assert found["rejected_combinations"] == [told]
    assert rules.compensate(body).json()["rejected_combinations"] == []
    dear = {"actions": ["coupon", "gift_sample"], "reason_code": "over_budget"}
    assert rules.compensate({**body, "budget_minor": 1_600}).json()["rejected_combinations"] == [dear]


@pytest.mark.parametrize("name", ["offers_90d", "compensated_90d_minor"])
@pytest.mark.parametrize("value", ["CANARY", True, -1])
def test_a_tag_that_is_no_count_is_named_with_its_remedy_and_not_repeated(rules: Any, name: str, value: object) -> None:
    answer = rules.compensate(tagged(**{name: value}))
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, f"/customer/tags/{name}")
    assert fault["detail"].endswith("number from 0 up; leave it out where it is not known")
    assert "CANARY" not in answer.text


@pytest.mark.parametrize("name", ["n_past_orders", "n_past_incidents", "offers_90d"])
def test_half_a_thing_is_no_count_and_no_other_tag_is_blamed(rules: Any, name: str) -> None:
    (fault,) = rules.compensate(tagged(**{name: 1.5})).json()["errors"]
    assert fault["pointer"] == f"/customer/tags/{name}"
    assert fault["detail"].startswith("must be a whole number from 0")
    assert rules.compensate(tagged(**{name: 2.0})).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("n_past_orders", 1_000_000_000, "must be a whole number from 0 to 1000000;"),
        ("n_past_incidents", "6", "must be a whole number from 0 to 1000000;"),
        ("lateness_tolerance", 1.2, "must be a number from 0 to 1;"),
    ],
)
def test_a_tag_out_of_range_is_told_its_own_rule(rules: Any, name: str, value: object, rule: str) -> None:
    (fault,) = rules.compensate(tagged(**{name: value})).json()["errors"]
    assert fault["pointer"] == f"/customer/tags/{name}"
    assert fault["detail"].startswith(rule)


MISSPELT = [
    "opt_out_coupons",
    "opt_out_everything",
    "Opt_Out_Coupon",
    "opt_out_automatic",
    "opt-out-coupon",
    "optOutCoupon",
    "opt_out_none",
    "_opt_out_coupon",
    "\uff4fpt_out_coupon",
    "opt_out",
    "opted_out",
    "hasOptedOut",
    "customer_opt_out",
    "reacted",
    "reacted_cupon",
    "REACTED_coupon",
]


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_wish_is_refused_with_the_names_that_are_read_and_not_repeated(rules: Any, name: str) -> None:
    tags = {name: True}
    routed = {**ROUTING_EXAMPLE, "customer": {"customer_id": "c-1", "tags": tags}}
    for answer in (rules.compensate(tagged(**tags)), rules.route(routed)):
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["pointer"]) == (422, "/customer/tags/*")
        told = fault["detail"].partition("must be one of ")[2].partition(";")[0].split(", ")
        assert told == list(CONSENT_TAGS)
        assert name not in told


NEARLY = {
    "offers_90_d": "offers_90d",
    "Offers90Days": "offers_90d",
    "n_past_order": "n_past_orders",
    "past_incidents": "n_past_incidents",
    "lateness_tolerence": "lateness_tolerance",
    "value-tier": "value_tier",
    "compensated_90d": "compensated_90d_minor",
}


@pytest.mark.parametrize(("name", "meant"), NEARLY.items())
def test_a_tag_that_is_nearly_one_of_those_that_are_read_is_refused_with_that_name(
    rules: Any, name: str, meant: str
) -> None:
    routed = {**ROUTING_EXAMPLE, "customer": {"customer_id": "c-1", "tags": {name: 7}}}
    for answer in (rules.compensate(tagged(**{name: 7})), rules.route(routed)):
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["pointer"]) == (422, "/customer/tags/*")
        assert fault["detail"].startswith(f"a tag is named nearly like {meant}, and would not be read;")
        assert f'"{name}"' not in answer.text


OWN = ("offers_30d", "compensated_365d_minor", "n_past_returns", "n_past_orders_eu", "n_past_incident_cost", "loyalty")


@pytest.mark.parametrize("name", [*OWN, "value_segment"])
def test_a_tag_of_the_callers_own_is_free(rules: Any, name: str) -> None:
    assert rules.compensate(tagged(**{name: 7})).status_code == 200


@pytest.mark.parametrize("tier", ["Plus", "gold", 2])
def test_a_tier_that_does_not_exist_must_not_pass_for_basic(rules: Any, tier: object) -> None:
    (fault,) = rules.compensate(tagged(value_tier=tier)).json()["errors"]
    assert fault["pointer"] == "/customer/tags/value_tier"
    assert fault["detail"].startswith("must be one of basic, plus, premium;")


@pytest.mark.parametrize("value", [None, [1], {"a": 1}])
@pytest.mark.parametrize(("name", "shown"), [("n_past_orders", "n_past_orders"), ("loyalty", "*")])
def test_a_tag_that_holds_nothing_readable_is_told_once(rules: Any, name: str, shown: str, value: object) -> None:
    (fault,) = rules.compensate(tagged(**{name: value})).json()["errors"]
    assert fault["pointer"] == f"/customer/tags/{shown}"
    rule = "must be a text, a number, true or false; leave the tag out where nothing is known"
    assert fault["detail"] == rule + ("" if shown == name else "; it is number 5 of 5 as sent")


@pytest.mark.parametrize("name", CONSENT_TAGS)
def test_a_wish_by_its_name_is_read(rules: Any, name: str) -> None:
    everything = {"allowed_actions": [arm.value for arm in ARMS], "budget_minor": 100_000}
    said = "no" if name.startswith("reacted") else True
    found = rules.compensate({**tagged(**{name: said}), **everything}).json()
    refused = {item["action"] for item in found["rejected"] if item["reason_code"] == "customer_refused"}
    heard = "person_requested" in found["review"]["reasons"] if name == "opt_out_automated" else len(refused) == 1
    assert heard
    assert all(name.endswith(action) for action in refused)


def test_the_operators_own_tags_are_such_as_requests_may_send(tmp_path: Path) -> None:
    with pytest.raises(LimitsError, match=r"opt_outs: .*'opt_out_coupons'; did you mean 'opt_out_coupon'"):
        read_limits(written(tmp_path, "version: v1\nopt_outs: {opt_out_coupons: [coupon]}\n"))
    with pytest.raises(
        LimitsError, match=r"opt_outs: requests may not send 'customer_opt_out'; use one of opt_out_auto"
    ):
        read_limits(written(tmp_path, "version: v1\nopt_outs: {customer_opt_out: [coupon]}\n"))
    read_limits(written(tmp_path, "version: v1\nopt_outs: {opt_out_coupon: [gift_sample]}\n"))
    with pytest.raises(LimitsError, match=r"opt_outs: requests may not send 'value_tiers', which is nearly 'value_t"):
        read_limits(written(tmp_path, "version: v1\nopt_outs: {value_tiers: [coupon]}\n"))


NEARLY_OWN = ("do_not_markett", "do-not-market", "Do_Not_Market", "doNotMarket", "do_not_marked", "not_do_market")


@pytest.fixture
def limited(serve: Any, tmp_path: Path) -> Iterator[Any]:
    """A service whose operator has opt-outs of his own."""
    written(tmp_path, "version: v1\nopt_outs: {do_not_market: [coupon, gift_sample], list_a: [apology]}\n")
    with serve(guardrails=tmp_path / "limits.yaml") as service:
        yield service


def test_a_misspelt_opt_out_of_the_operators_own_is_refused_and_not_repeated(limited: Any) -> None:
    for name in NEARLY_OWN:
        ahead = {**PREVENTION_EXAMPLE, "customer": tagged(**{name: True})["customer"]}
        for answer in (
            limited.compensate(tagged(**{name: True})),
            limited.client.post("/v1/compensation/preventions", json=ahead),
        ):
            assert answer.status_code == 422, name
            (fault,) = answer.json()["errors"]
            assert fault["pointer"] == "/customer/tags/*"
            assert fault["detail"].startswith("a tag is named nearly like do_not_market, and would not be read;")
            assert f'"{name}"' not in answer.text


def test_the_operators_own_opt_outs_by_their_names_are_heard(limited: Any) -> None:
    found = limited.compensate(tagged(do_not_market=True, list_b=True, market="north")).json()
    refused = {item["action"] for item in found["rejected"] if item["reason_code"] == "customer_refused"}
    assert refused == {"coupon", "gift_sample"}


def test_without_the_operators_file_his_names_mean_nothing(rules: Any) -> None:
    assert rules.compensate(tagged(do_not_markett=True)).status_code == 200


def test_an_order_worth_nothing_is_never_refunded_by_itself(rules: Any, informed: Any) -> None:
    for service in (rules, informed):
        found = service.compensate(asked(order_value_minor=0)).json()
        assert {"action": "partial_refund", "reason_code": "gives_nothing"} in found["rejected"]
        assert found["recommended"] in {"none", "apology", "gift_sample"}
