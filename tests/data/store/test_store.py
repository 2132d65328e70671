from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, func, insert, select
from sqlalchemy.exc import IntegrityError

from data.decisions import Disposition
from data.errors import (
    ConflictError,
    ReusedKeyError,
    StoreError,
    UnavailableActionError,
    UnknownRecordError,
    WrongVersionError,
)
from data.store.engine import writing
from data.store.records import (
    DecisionKind,
    DecisionRecord,
    IdempotencyKey,
    Resolution,
    ReviewRecord,
    ReviewStatus,
)
from data.store.store import Store
from data.store.tables import DECISIONS, REVIEWS

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def decision(number: int) -> DecisionRecord:
    return DecisionRecord(
        decision_id=f"dec_{number}",
        kind=DecisionKind.ROUTING,
        subject_id=f"order-{number}",
        mode="live",
        decided_at=NOON,
        recorded_at=NOON + timedelta(seconds=number),
        disposition=Disposition.REVIEW,
        recommended="A",
        model_version="3",
        question='{"order_id": "é"}',
        answer=f'{{"n": {number}}}',
    )


def review(number: int) -> ReviewRecord:
    return ReviewRecord(
        review_id=f"rev_{number:03d}",
        decision_id=f"dec_{number}",
        kind=DecisionKind.ROUTING,
        subject_id=f"order-{number}",
        mode="live",
        status=ReviewStatus.OPEN,
        version=1,
        reasons=("low_confidence",),
        recommended="A",
        actions=("A", "B"),
        opened_at=NOON + timedelta(seconds=number // 2),
    )


def resolution(action: str | None = None, version: int | None = None) -> Resolution:
    return Resolution(action, "ada", "known to be closed", NOON + timedelta(hours=1), version)


def n_decisions(store: Store) -> int:
    with store._engine.begin() as connection:
        return connection.execute(select(func.count()).select_from(DECISIONS)).scalar_one()


def test_a_decision_comes_back_as_it_was_stored(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    assert store.decision("dec_1") == (decision(1), review(1))
    store.record(decision(2), None, None).result()
    assert store.decision("dec_2") == (decision(2), None)


def test_an_unknown_decision_or_review_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownRecordError):
        store.decision("dec_0")
    with pytest.raises(UnknownRecordError):
        store.review("rev_0")
    with pytest.raises(UnknownRecordError):
        store.resolve("rev_0", resolution()).result()


def test_the_same_key_and_content_gives_the_first_answer(store: Store) -> None:
    key = IdempotencyKey("routing", "k", "f")
    first = store.record(decision(1), review(1), key).result()
    second = store.record(decision(2), review(2), key).result()
    assert (first.answer, first.replayed) == ('{"n": 1}', False)
    assert (second.answer, second.replayed) == ('{"n": 1}', True)
    assert n_decisions(store) == 1


def test_the_same_key_with_other_content_is_refused_and_stores_nothing(store: Store) -> None:
    store.record(decision(1), None, IdempotencyKey("routing", "k", "f")).result()
    with pytest.raises(ReusedKeyError):
        store.record(decision(2), None, IdempotencyKey("routing", "k", "g")).result()
    assert n_decisions(store) == 1


def test_each_operation_has_its_own_keys(store: Store) -> None:
    store.record(decision(1), None, IdempotencyKey("routing", "k", "f")).result()
    assert not store.record(decision(2), None, IdempotencyKey("compensation", "k", "f")).result().replayed


def test_a_decision_whose_review_cannot_be_stored_is_not_stored_either(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    clashing = replace(review(2), review_id=review(1).review_id)
    with pytest.raises(StoreError):
        store.record(decision(2), clashing, IdempotencyKey("routing", "k", "f")).result()
    with pytest.raises(UnknownRecordError):
        store.decision("dec_2")
    assert not store.record(decision(3), None, IdempotencyKey("routing", "k", "g")).result().replayed


def test_two_processes_racing_for_one_key_make_one_decision(database_url: str) -> None:
    # Two stores on one database stand for two processes: each has its own writer and connections.
    stores = [Store.open(database_url) for _ in range(2)]
    keys = [IdempotencyKey("routing", f"k{number // 8}", "f") for number in range(64)]

    def post(number: int) -> str:
        return stores[number % 2].record(decision(number), None, keys[number]).result().answer

    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(post, range(64)))
        assert n_decisions(stores[0]) == 8
    finally:
        for store in stores:
            store.close()
    for group in range(8):
        assert len(set(answers[group * 8 : group * 8 + 8])) == 1


def test_a_key_that_another_process_stored_meanwhile_is_seen_the_second_time(store: Store) -> None:
    tries: list[int] = []

    def work(_connection: Connection) -> str:
        tries.append(len(tries))
        if len(tries) == 1:
            statement = "INSERT"
            raise IntegrityError(statement, None, ValueError())
        return "seen"

    assert store._writer.submit(work).result() == "seen"


def test_a_review_is_resolved_once(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    resolved = store.resolve("rev_001", resolution("B")).result()
    assert (resolved.status, resolved.chosen_action, resolved.version) == (ReviewStatus.OVERRIDDEN, "B", 2)
    assert resolved.resolved_at == NOON + timedelta(hours=1)
    with pytest.raises(ConflictError, match="overridden at version 2"):
        store.resolve("rev_001", resolution("A")).result()
    assert store.review("rev_001") == resolved


def test_of_many_reviewers_at_once_one_wins(database_url: str) -> None:
    stores = [Store.open(database_url) for _ in range(2)]
    stores[0].record(decision(1), review(1), None).result()
    start = threading.Barrier(8)

    def resolve(number: int) -> bool:
        start.wait()
        try:
            stores[number % 2].resolve("rev_001", resolution("A" if number < 4 else "B")).result()
        except ConflictError:
            return False
        return True

    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(resolve, range(8))) == 1
    finally:
        for store in stores:
            store.close()


def test_a_reviewer_who_saw_another_version_is_refused(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    with pytest.raises(WrongVersionError, match="open at version 1"):
        store.resolve("rev_001", resolution(version=2)).result()
    assert store.resolve("rev_001", resolution(version=1)).result().status is ReviewStatus.ACCEPTED


def test_only_the_actions_of_the_review_can_be_chosen(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    with pytest.raises(UnavailableActionError, match="not among"):
        store.resolve("rev_001", resolution("Z")).result()
    assert store.review("rev_001").status is ReviewStatus.OPEN


def test_that_nothing_can_be_done_can_be_accepted(store: Store) -> None:
    store.record(decision(1), replace(review(1), recommended=None, actions=()), None).result()
    resolved = store.resolve("rev_001", resolution()).result()
    assert (resolved.status, resolved.chosen_action) == (ReviewStatus.ACCEPTED, None)


def test_pages_of_reviews_miss_nothing_and_repeat_nothing(store: Store) -> None:
    for number in range(11):
        store.record(decision(number), review(number), None).result()
    store.resolve("rev_004", resolution()).result()
    seen: list[str] = []
    after = None
    while True:
        page = store.reviews(ReviewStatus.OPEN, after, 3)
        seen += [item.review_id for item in page.reviews]
        after = page.next_after
        if after is None:
            break
    assert seen == [f"rev_{number:03d}" for number in range(11) if number != 4]
    assert [item.review_id for item in store.reviews(ReviewStatus.ACCEPTED, None, 3).reviews] == ["rev_004"]
    assert len(store.reviews(None, None, 50).reviews) == 11


def test_one_failing_write_leaves_the_others_of_its_batch_alone(store: Store) -> None:
    gate = threading.Event()
    blocked = store._writer.submit(lambda _connection: gate.wait(5))
    good = [store.record(decision(number), None, None) for number in range(3)]
    bad = store.record(decision(1), None, None)
    late = store.record(decision(9), None, None)
    gate.set()
    assert blocked.result()
    assert [future.result().answer for future in [*good, late]] == [f'{{"n": {n}}}' for n in (0, 1, 2, 9)]
    with pytest.raises(StoreError):
        bad.result()
    assert n_decisions(store) == 4


def test_an_error_of_the_database_does_not_tell_the_data(store: Store) -> None:
    store.record(replace(decision(1), question="CANARY"), None, None).result()
    with pytest.raises(StoreError) as caught:
        store.record(replace(decision(1), question="CANARY"), None, None).result()
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert "CANARY" not in " ".join(str(error) for error in chain)


def test_a_batch_without_a_failure_needs_one_commit(store: Store) -> None:
    commits: list[object] = []
    event.listen(store._engine, "commit", commits.append)
    gate = threading.Event()
    blocked = store._writer.submit(lambda _connection: gate.wait(5))
    while not blocked.running():
        gate.wait(0.001)
    futures = [store.record(decision(number), None, None) for number in range(100)]
    gate.set()
    assert all(not future.result().replayed for future in futures)
    assert len(commits) == 2


def test_a_closed_store_commits_what_waits_and_takes_no_more(database_url: str) -> None:
    store = Store.open(database_url)
    futures = [store.record(decision(number), None, None) for number in range(50)]
    store.close()
    assert all(not future.result().replayed for future in futures)
    with pytest.raises(StoreError, match="closed"):
        store.record(decision(99), None, None)
    store.close()
    again = Store.open(database_url)
    assert n_decisions(again) == 50
    again.close()


def test_a_cancelled_write_is_not_done(store: Store) -> None:
    gate = threading.Event()
    blocked = store._writer.submit(lambda _connection: gate.wait(5))
    while not blocked.running():
        gate.wait(0.001)
    unwanted = store.record(decision(1), None, None)
    assert unwanted.cancel()
    gate.set()
    store.record(decision(2), None, None).result()
    assert n_decisions(store) == 1


def test_the_migrated_tables_keep_their_rules(store: Store) -> None:
    store.record(decision(1), review(1), None).result()
    with pytest.raises(IntegrityError), writing(store._engine).begin() as connection:
        connection.execute(insert(REVIEWS), {**_row(review(2)), "decision_id": "dec_none"})
    with pytest.raises(IntegrityError), writing(store._engine).begin() as connection:
        connection.execute(REVIEWS.update().values(status="accepted"))


def _row(item: ReviewRecord) -> dict[str, object]:
    names = [column.name for column in REVIEWS.columns]
    return {name: getattr(item, name) for name in names} | {"reasons": "[]", "actions": "[]"}
