from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import typer

from api.cli import main
from api.cli.main import is_expected, run
from api.errors import AddressError
from api.listening import listen
from data.errors import BadValueError
from decision.errors import OverlapError
from experiments.errors import ExperimentsError
from simulator.errors import SimulatorError

PROGRAM = [sys.executable, "-m", "api.cli.main"]


def command_that_raises(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def broken() -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    monkeypatch.setattr(sys, "argv", ["routecause"])


@pytest.mark.parametrize(
    "error",
    [
        BadValueError("orders.csv row 7: no date"),
        OverlapError("orders.csv row 7: no date"),
        SimulatorError("orders.csv row 7: no date"),
        ExperimentsError("orders.csv row 7: no date"),
        AddressError("orders.csv row 7: no date"),
    ],
)
def test_what_a_user_can_mend_is_one_line_and_exit_code_2(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command_that_raises(error, monkeypatch)
    with pytest.raises(SystemExit) as left:
        run()
    captured = capsys.readouterr()
    assert left.value.code == 2
    assert captured.out == ""
    assert captured.err.strip() == "error: orders.csv row 7: no date"


def test_a_fault_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    command_that_raises(ZeroDivisionError("ours"), monkeypatch)
    with pytest.raises(ZeroDivisionError):
        run()
    assert not is_expected(ValueError("ours"))


def test_markup_in_a_message_is_shown_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command_that_raises(BadValueError("column [red]x[/] is [0] long"), monkeypatch)
    with pytest.raises(SystemExit):
        run()
    assert capsys.readouterr().err.strip() == "error: column [red]x[/] is [0] long"


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    command_that_raises(KeyboardInterrupt(), monkeypatch)
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 130


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def test_help_lists_the_commands_and_version_names_the_program() -> None:
    helped = call("--help")
    assert helped.returncode == 0
    assert all(name in helped.stdout for name in ("serve", "ingest", "calibrate", "simulate"))
    assert call("--version").stdout.startswith("routecause 0.")


@pytest.mark.parametrize("arguments", [["nonsense"], ["serve", "--port", "99999"], ["serve", "--no-such-option"]])
def test_a_wrong_command_line_is_exit_code_2(arguments: list[str]) -> None:
    assert call(*arguments).returncode == 2


def test_a_taken_port_is_told_with_a_remedy(tmp_path: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        refused = call("serve", "--port", str(port), "--home", str(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"error: cannot listen at 127.0.0.1 port {port}: Address already in use; stop")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["not a host", "203.0.113.7"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    with pytest.raises(AddressError, match="--host"):
        listen(host, 0)


def test_a_database_that_cannot_be_used_ends_the_command(tmp_path: Path) -> None:
    (tmp_path / "routecause.db").write_text("not a database" * 1000)
    refused = call("serve", "--port", "0", "--home", str(tmp_path))
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: cannot prepare the database")


def test_serve_answers_until_it_is_interrupted_and_leaves_a_whole_database(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = [*PROGRAM, "serve", "--port", str(port)]
    environment = {**os.environ, "ROUTECAUSE_HOME": str(tmp_path)}
    with subprocess.Popen(  # noqa: S603
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", running)
        finally:
            running.send_signal(signal.SIGINT)
        said, complained = running.communicate(timeout=30)
    assert running.returncode == 130
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in complained
    assert not (tmp_path / "routecause.db-wal").exists()


def _wait_until_ready(url: str, running: subprocess.Popen[str]) -> None:
    for _ in range(600):
        assert running.poll() is None
        try:
            assert httpx.get(url, trust_env=False).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the service did not get ready")


def test_redrawn_futures_without_a_truth_to_put_them_in_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["simulate", "small", "--orders", "20", "--redrawn", "8", "--out", str(tmp_path / "made")]
    monkeypatch.setattr(sys, "argv", ["routecause", *asked])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 2
    assert "--truth" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()
