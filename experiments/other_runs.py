"""Other runs of a world, to calibrate on: their orders share no weather and no queue with those learned from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from experiments.datasets import LoadedDataset, load_dataset
from experiments.errors import TruthError
from experiments.routing_study import KnownOrders
from experiments.split import part

# What a run is by: two data sets that agree in all of these are of one run, however long.
_RUN = ("scenario_sha256", "seed", "policy", "exploration")


def other_runs(folders: Sequence[Path], taught: LoadedDataset) -> tuple[KnownOrders, ...]:
    """The orders with redrawn futures of each of these data sets.

    Parameters
    ----------
    taught : LoadedDataset
        What is learned from: none of the others may be of the same run.

    Raises
    ------
    DataError
        If a folder holds no decision log or has changed since it was written.
    TruthError
        If a data set has no redrawn truth, is named twice or is of the run that is learned from.
    """
    seen = [_run_of(taught)]
    found = []
    for folder in folders:
        dataset = load_dataset(folder, None)
        run = _run_of(dataset)
        if run in seen:
            what = "the run that is learned from" if run == seen[0] else "a run that was named already"
            msg = f"{folder}: is {what}, which says nothing new of how sure to be; simulate another seed"
            raise TruthError(msg)
        seen.append(run)
        found.append(_known(dataset, folder))
    return tuple(found)


def _run_of(dataset: LoadedDataset) -> tuple[str, ...]:
    """What tells one run from another; a log that was not simulated is a run by itself."""
    told = tuple(str(dataset.facts.get(name)) for name in _RUN)
    return told if "scenario_sha256" in dataset.facts else (dataset.digest,)


def _known(dataset: LoadedDataset, folder: Path) -> KnownOrders:
    if dataset.truth is None or dataset.truth.redrawn is None or not len(dataset.truth.redrawn):
        msg = (
            f"{folder}: has no redrawn truth to calibrate on; write one with `routecause simulate --truth --redrawn 96`"
        )
        raise TruthError(msg)
    told = dataset.log.orders["order_id"].isin(dataset.truth.redrawn["order_id"])
    return KnownOrders(part(dataset.log, told), dataset.truth.redrawn)
