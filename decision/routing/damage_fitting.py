"""Fitting the damage law: a logistic line with carriers and services shrunk, and as many draws of it as bags.

One row an order, its chosen candidate. How far carriers, services and slopes may stray from the overall rate is learned
too: their variances rise with what the log shows and fall to nothing where it shows no difference. Every bag is the
most likely law of its own resampled orders under a prior that is centred on a draw from the prior (randomised maximum
a posteriori). So where the log says much bags differ as resampled logs do, and where it says little as the prior does.

References
----------
Dempster, Laird & Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm", JRSS B.
Pearce, Leibfried & Brintrup (2020), "Uncertainty in neural networks: approximately Bayesian ensembling", AISTATS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decision_log.dataset import DecisionLog
from decision.routing.damage import DamageLaw, places, slope_columns
from decision.routing.features import Imputation

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OUTCOME = "damaged"
# A priori a group's log odds stray by half, and this counts as much as one of its members.
USUAL_VARIANCE = 0.25
# The overall rate may stray by a factor of e from what was counted.
LEVEL_VARIANCE = 1.0
N_EM_STEPS = 40
N_NEWTON_STEPS = 50
TOLERANCE = 1e-9
EM_TOLERANCE = 1e-4


def tells_damage(log: DecisionLog) -> bool:
    """Whether a log says which orders were lost or came damaged."""
    return OUTCOME in log.outcomes.columns


def fitted_damage(log: DecisionLog, imputation: Imputation, counts: Integers, *, seed: int) -> DamageLaw:
    """Learn who breaks and loses what.

    Parameters
    ----------
    log : DecisionLog
        One that `tells_damage`.
    counts : array of int of shape (n_bags, n_orders)
        How often each bag holds each order.
    """
    sets, chosen = ChoiceSets.of_log(log), np.flatnonzero(log.candidates["is_chosen"])
    slopes = slope_columns(sets, imputation)[chosen]
    centre, spread = slopes.mean(axis=0), slopes.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    carriers, of_carrier = _named(sets.carrier_id, chosen)
    services, of_service = _named(sets.service_level, chosen)
    came = log.outcomes[OUTCOME].to_numpy(dtype=np.float64)
    blocks = ((slopes - centre) / scale, _one_hot(of_carrier, len(carriers)), _one_hot(of_service, len(services)))
    design = np.concatenate((np.ones((len(came), 1)), *blocks), axis=1)
    prior = _prior_of(design, came, [block.shape[1] for block in blocks])
    return DamageLaw(carriers, services, centre, scale, _draws(design, came, counts, prior, seed))


@dataclass(frozen=True)
class _Prior:
    """Independent normal priors of the parameters, each array of shape (n_parameters,)."""

    mean: Floats
    variance: Floats


def _named(names: object, chosen: Integers) -> tuple[tuple[str, ...], Integers]:
    """The names among the chosen rows, and each row's place."""
    taken = np.asarray(names, dtype=object)[chosen].tolist()
    known = tuple(sorted(set(taken)))
    return known, places(known, taken, len(taken))


def _one_hot(place: Integers, n_known: int) -> Floats:
    """A column for each name and one, empty, for those the log does not know."""
    columns = np.zeros((len(place), n_known + 1))
    columns[np.arange(len(place)), place] = 1.0
    return columns


def _prior_of(design: Floats, came: Floats, sizes: list[int]) -> _Prior:
    """The level's prior around the rate that was counted, and the groups' variances by EM."""
    rate = (came.sum() + 0.5) / (len(came) + 1.0)
    mean = np.zeros(design.shape[1])
    mean[0] = np.log(rate) - np.log1p(-rate)
    group = np.repeat(np.arange(len(sizes)), sizes)
    variances = np.full(len(sizes), USUAL_VARIANCE)
    parameters, weight = mean, np.ones(len(came))
    # The names that no row has say nothing of how names differ.
    heard = (design[:, 1:] != 0).any(axis=0)
    for _ in range(N_EM_STEPS):
        before = variances.copy()
        prior = _Prior(mean, np.concatenate(([LEVEL_VARIANCE], variances[group])))
        parameters, covariance = _likeliest(design, came, weight, prior, parameters)
        square = (np.square(parameters) + np.diag(covariance))[1:]
        for index in range(len(sizes)):
            mine = (group == index) & heard
            variances[index] = (square[mine].sum() + USUAL_VARIANCE) / (mine.sum() + 1)
        if np.abs(variances - before).max() < EM_TOLERANCE:
            break
    return _Prior(mean, np.concatenate(([LEVEL_VARIANCE], variances[group])))


def _draws(design: Floats, came: Floats, counts: Integers, prior: _Prior, seed: int) -> Floats:
    """The most likely parameters of every bag under its own draw of the prior, shape (n_bags, n_parameters)."""
    n_bags, spread = len(counts), np.sqrt(prior.variance)
    strayed = np.random.Generator(np.random.Philox([seed, 1])).standard_normal(((n_bags + 1) // 2, len(spread)))
    # In pairs that mirror each other, so that draws of what the log does not know centre on nothing.
    strayed = np.concatenate((strayed, -strayed))[:n_bags] * spread
    start, _ = _likeliest(design, came, np.ones(len(came)), prior, prior.mean)
    found = [
        _likeliest(design, came, count.astype(np.float64), _Prior(prior.mean + anchor, prior.variance), start)[0]
        for count, anchor in zip(counts, strayed, strict=True)
    ]
    return np.array(found)


def _likeliest(design: Floats, came: Floats, weight: Floats, prior: _Prior, start: Floats) -> tuple[Floats, Floats]:
    """Newton's method: the parameters of highest posterior density, and the inverse curvature there."""
    parameters, precision = start, 1.0 / prior.variance
    for _ in range(N_NEWTON_STEPS):
        chance = 0.5 * (1.0 + np.tanh(0.5 * (design @ parameters)))
        gradient = design.T @ (weight * (came - chance)) - precision * (parameters - prior.mean)
        curvature = (design * (weight * chance * (1.0 - chance))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        longest = float(np.abs(step).max())
        # A long step can overshoot where the curve is flat; the damped one still climbs.
        parameters = parameters + step / max(1.0, longest)
        if longest < TOLERANCE:
            break
    covariance = np.asarray(np.linalg.inv(curvature), dtype=np.float64)
    return parameters, covariance
