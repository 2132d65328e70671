"""One scenario and one seed are one event log, whoever plays it, and however Python hashes its strings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Every event, then every outcome, so that two logs are equal only if they are equal all the way.
PLAYER = """
import hashlib, logging, sys
from unittest.mock import MagicMock

# The world never touches a table; without them Python starts in a third of the time.
sys.modules.update({name: MagicMock() for name in ("pandas", "pandera", "pandera.pandas", "pandera.errors")})

from experiments.whatif.workers import Workers
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import finished
from simulator.scenario.loading import load_scenario
from simulator.stage import set_stage
from simulator.world import World

def played(seeds):
    digests = []
    for seed in seeds:
        world = World(set_stage(load_scenario("small"), seed, 250), UniformRouting(), UniformCompensation())
        world.open()
        log = hashlib.sha256()
        while not world.is_over:
            log.update(repr(world.next_event()).encode())
            world.step()
        log.update(finished(world, UniformRouting(), UniformCompensation()).digest().encode())
        digests.append((seed, log.hexdigest()))
    return digests

if __name__ == "__main__":
    if sys.argv[2] == "logging":
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    with Workers(int(sys.argv[1])) as workers:
        found = sorted(digest for part in workers.map(played, [[5], [6]]) for digest in part)
    print(found)
"""
# (workers, logging): 18 that play alone, and one whose pool of two plays for it, are 20 processes that play.
FORMS = [*(("1", "logging" if place % 2 else "silent") for place in range(18)), ("2", "silent")]


@pytest.mark.slow
def test_twenty_processes_write_the_same_event_log(tmp_path: Path) -> None:
    script = tmp_path / "player.py"
    script.write_text(PLAYER, encoding="utf-8")

    def printed(place: int) -> str:
        return _output([str(script), *FORMS[place]], hash_seed=str(1 + 977 * place))

    with ThreadPoolExecutor(2) as pool:
        logs = list(pool.map(printed, range(len(FORMS))))
    assert len(set(logs)) == 1
    assert logs[0].count("(") == 2


def _output(arguments: Sequence[str], *, hash_seed: str) -> str:
    done = subprocess.run(  # noqa: S603  (our own interpreter and script)
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
