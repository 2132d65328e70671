from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from data.decision_log.dataset import DecisionLog
from data.decisions import Disposition, Interval, RankedCandidate, RoutingRecommendation
from decision.routing.question import RoutingQuestion
from experiments.evidence import evidence_of, policy_choices
from experiments.losses import Pricing
from experiments.split import Split, split_by_time

LogMaker = Callable[[int, int], DecisionLog]

NOTHING = Interval(0.0, 0.0, 0.0)


def keep(questions: Iterable[RoutingQuestion]) -> Iterator[RoutingRecommendation]:
    """A policy that never leaves the current choice."""
    return (recommendation(question, question.current_choice) for question in questions)


def farthest(questions: Iterable[RoutingQuestion]) -> Iterator[RoutingRecommendation]:
    """A policy that always takes the farthest node."""
    for question in questions:
        yield recommendation(question, max(question.candidates, key=lambda item: item.distance_km).candidate_id)


def recommendation(question: RoutingQuestion, chosen: str | None) -> RoutingRecommendation:
    ranking = tuple(RankedCandidate(item.candidate_id, {}, NOTHING, 0.0, True) for item in question.candidates)
    return RoutingRecommendation(Disposition.AUTO, chosen, question.current_choice, ranking, None, (), (), ())


def test_a_policy_that_never_moves_is_explained_by_a_tree_without_branches(make_log: LogMaker) -> None:
    log = make_log(1_000, 10)
    evidence = evidence_of(log, split_by_time(log), keep, Pricing(), seed=1)
    assert evidence.tree is not None
    assert (evidence.tree.counts[0] > 0).tolist() == [True, False, False]
    fidelity = evidence.tree.fidelity
    assert (fidelity.agreement, fidelity.majority, fidelity.leaving_agreement) == (1.0, 1.0, 1.0)
    assert fidelity.n_orders == len(split_by_time(log).evaluation.orders)


def test_every_incident_of_the_log_is_a_case(make_log: LogMaker) -> None:
    log = make_log(1_000, 10)
    evidence = evidence_of(log, split_by_time(log), keep, Pricing(), seed=1)
    assert evidence.casebook is not None
    assert evidence.casebook.n_cases == len(log.incidents)


def test_too_few_orders_grow_no_tree(make_log: LogMaker) -> None:
    few = make_log(40, 5)
    assert evidence_of(few, Split(few, few, few), keep, Pricing(), seed=1).tree is None


def test_what_the_policy_does_is_read_off_its_answers(make_log: LogMaker) -> None:
    log = make_log(200, 10)
    distance = log.candidates["distance_km"].to_numpy()
    choices = policy_choices(farthest, log, Pricing())
    assert (distance[choices.chosen] == 310.0).all()
    assert choices.rows.eligible.all()
    assert (choices.moves == 2).all()
    assert (choices.shifts[:, 2] == 270.0).all()
