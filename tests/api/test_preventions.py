"""Questions asked while an order is still on its way."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.examples import PREVENTION_EXAMPLE


def prevented(service: Any, **changes: Any) -> Any:
    return service.client.post("/v1/compensation/preventions", json={**PREVENTION_EXAMPLE, **changes})


def test_an_offer_ahead_is_ranked_against_nothing_and_against_waiting(informed: Any) -> None:
    found = prevented(informed, late_probability=0.9).json()
    by_action = {item["action"]: item["objective"]["point"] for item in found["ranking"]}
    assert by_action["none"] == 0
    # The planted coupon works alike before and after, and afterwards it is never sent in vain.
    assert found["waiting"]["action"] == "coupon"
    assert found["waiting"]["objective"]["point"] < by_action["coupon"] < 0
    assert (found["recommended"], found["late_probability"]) == ("none", 0.9)
    # No chance is high enough; where the model could not tell there would be no confidence either.
    assert found["acts_from_late_probability"] is None
    assert found["confidence"] is not None
    assert found["guardrails"]["version"] == "default"


def test_without_a_model_the_customer_hears_nothing_ahead(rules: Any) -> None:
    found = prevented(rules).json()
    assert (found["recommended"], found["disposition"], found["waiting"]) == ("none", "fallback", None)
    assert (found["acts_from_late_probability"], found["confidence"]) == (None, None)
    stored = rules.client.get(f"/v1/decisions/{found['decision_id']}").json()
    assert (stored["subject_id"], stored["answer"]["late_probability"]) == (PREVENTION_EXAMPLE["order_id"], 0.6)


@pytest.mark.parametrize("chance", [-0.1, 1.5, "CANARY", None])
def test_a_chance_that_is_none_is_refused(rules: Any, chance: object) -> None:
    answer = prevented(rules, late_probability=chance)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/late_probability"
    assert "CANARY" not in answer.text
