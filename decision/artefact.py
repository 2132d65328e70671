"""The serving artefact: a folder of arrays and JSON that holds both models, verified before it is believed.

Nothing in it is code, and nothing is unpickled: whoever can write an artefact can change answers, but
cannot run anything on the server. Loading checks hashes, shapes, finiteness and a self-test.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.manifest import read_manifest, whole_folder, write_manifest
from decision.compensation.model import CompensationModel
from decision.errors import ArtefactError
from decision.routing.model import RoutingModel
from decision.routing.spillover import SpilloverLaw
from decision.self_test import outputs, specimens

Arrays = dict[str, NDArray[Any]]
Part = tuple[Arrays, dict[str, Any]]

KIND = "serving_artefact"
FORMAT = 6
PARTS = ("routing", "compensation", "self_test_inputs", "self_test_outputs")
# Parts that an artefact may hold besides: what explains its answers, and what orders do to each other, which only
# simulated worlds teach. Absent in one that was made without them.
OPTIONAL_PARTS = ("explanation", "precedents", "spillover")
SELF_TEST_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Artefact:
    """Both models and the manifest they came with.

    Parameters
    ----------
    extras : dict of str to Part
        Those of OPTIONAL_PARTS that it holds, as arrays and plain facts that are verified but not yet understood.
    """

    routing: RoutingModel
    compensation: CompensationModel
    manifest: dict[str, Any]
    extras: dict[str, Part] = field(default_factory=dict)


def save_artefact(
    folder: Path,
    routing: RoutingModel,
    compensation: CompensationModel,
    facts: dict[str, Any],
    extras: Mapping[str, Part] | None = None,
) -> None:
    """Write both models into a folder, whole or not at all.

    Parameters
    ----------
    facts : dict
        What the manifest should say besides: versions, data set, time, measures. Plain data.
    extras : dict of str to Part or None
        Some of OPTIONAL_PARTS.
    """
    inputs = specimens()
    parts: dict[str, Part] = {
        **(extras or {}),
        "routing": routing.to_parts(),
        "compensation": compensation.to_parts(),
        "self_test_inputs": (dict(inputs), {}),
        "self_test_outputs": (dict(outputs(routing, compensation, inputs)), {}),
    }
    if routing.spillover is not None:
        parts["spillover"] = routing.spillover.to_part()
    with whole_folder(folder) as scratch:
        for name, (arrays, plain) in parts.items():
            np.savez(scratch / f"{name}.npz", allow_pickle=False, **arrays)
            text = json.dumps(plain, indent=1, sort_keys=True, allow_nan=False)
            (scratch / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        write_manifest(scratch, {**facts, "kind": KIND, "format": FORMAT})


def load_artefact(folder: Path) -> Artefact:
    """Read, verify and try out a folder that `save_artefact` wrote.

    Raises
    ------
    ArtefactError
        If anything is missing, changed, malformed, not finite, or computes other numbers than it should.
    """
    manifest = _manifest(folder)
    arrays = {name: _arrays(folder / f"{name}.npz") for name in PARTS}
    routing = RoutingModel.from_parts(arrays["routing"], _plain(folder / "routing.json"))
    compensation = CompensationModel.from_parts(arrays["compensation"], _plain(folder / "compensation.json"))
    held = [name for name in OPTIONAL_PARTS if {f"{name}.npz", f"{name}.json"} <= set(manifest["files"])]
    extras = {name: (_arrays(folder / f"{name}.npz"), _plain(folder / f"{name}.json")) for name in held}
    if "spillover" in extras:
        routing = replace(routing, spillover=SpilloverLaw.from_part(*extras["spillover"]))
    _self_test(folder, routing, compensation, arrays)
    return Artefact(routing, compensation, manifest, extras)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder)
    except (DataError, OSError, TypeError, KeyError, AttributeError) as error:
        msg = f"{folder}: no intact artefact ({error}); train and publish one anew"
        raise ArtefactError(msg) from error
    if manifest.get("kind") != KIND or manifest.get("format") != FORMAT:
        found = f"{manifest.get('kind')!r} of format {manifest.get('format')!r}"
        msg = f"{folder}: holds {found}, not {KIND!r} of format {FORMAT}; train and publish one with this version"
        raise ArtefactError(msg)
    needed = {f"{name}.{kind}" for name in PARTS for kind in ("npz", "json")}
    unlisted = sorted(needed - set(manifest["files"]))
    if unlisted:
        msg = f"{folder}: the manifest does not vouch for {unlisted}; train and publish the artefact anew"
        raise ArtefactError(msg)
    return manifest


def _arrays(path: Path) -> Arrays:
    try:
        # Opened here: numpy forgets to close a file that is no archive.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        msg = f"{path}: not readable as plain arrays ({type(error).__name__}: {error}); publish the artefact anew"
        raise ArtefactError(msg) from error
    broken = [name for name, array in arrays.items() if array.dtype.kind not in "fi" or not np.isfinite(array).all()]
    if broken:
        msg = f"{path}: {broken} are not finite numbers; train and publish the artefact anew"
        raise ArtefactError(msg)
    return arrays


def _plain(path: Path) -> dict[str, Any]:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (OSError, ValueError) as error:
        msg = f"{path}: not readable as JSON ({type(error).__name__}); publish the artefact anew"
        raise ArtefactError(msg) from error
    if not isinstance(plain, dict):
        msg = f"{path}: holds a {type(plain).__name__}, not facts by name; publish the artefact anew"
        raise ArtefactError(msg)
    return plain


def _self_test(folder: Path, routing: RoutingModel, compensation: CompensationModel, arrays: dict[str, Arrays]) -> None:
    expected = arrays["self_test_outputs"]
    try:
        found = outputs(routing, compensation, arrays["self_test_inputs"])
        agree = {name: _close(found[name], expected[name]) for name in found}
    except (KeyError, ValueError, IndexError, np.linalg.LinAlgError) as error:
        msg = f"{folder}: the self-test cannot run ({type(error).__name__}: {error}); publish the artefact anew"
        raise ArtefactError(msg) from error
    wrong = [name for name, same in agree.items() if not same]
    if wrong:
        msg = f"{folder}: the self-test gives other numbers for {wrong}; train and publish with this version"
        raise ArtefactError(msg)


def _close(found: NDArray[np.float64], expected: NDArray[Any]) -> bool:
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    return found.shape == expected.shape and bool(
        np.abs(found - expected).max(initial=0.0) <= SELF_TEST_TOLERANCE * scale
    )


def _no_number(text: str) -> float:
    msg = f"{text} is not a number"
    raise ValueError(msg)
