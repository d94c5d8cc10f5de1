"""Logs: a line a request, from a function that runs."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.aws.account import Account
from infra.aws.logs import show
from infra.aws.outputs import outputs
from infra.cli import main
from service.application import create_app
from service.proxy import create_handler
from service.stores.sqlite import SQLiteStore
from tests.aws.stages import physical_id, stand
from tests.contracts import TODOS, load
from tests.gateway.test_difference import Request, alone
from tests.servers import COMMAND


@pytest.fixture(scope="module")
def log(ministack: str) -> Iterator["Log"]:
    """The log of a stage whose function has run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", ministack)
        patch.setenv("AWS_ACCESS_KEY_ID", "200000000001")
        yield Log(Account())


@pytest.fixture(autouse=True)
def of_its_account(log: "Log", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", log.account.emulator or "")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", log.account.id)


class Log:
    """A stage's log, and what writes into it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.stage = stand(account, "prod")
        self.function = physical_id(account, self.stage, "Function")
        self.group = outputs(account, self.stage)["FunctionLogGroup"]
        self.invoke(requestId="first", operation="listTodos")
        self.invoke(requestId="second", operation=None)
        self.invoke(fails=True)

    def invoke(self, **event: Any) -> None:
        self.account.client("lambda").invoke(
            FunctionName=self.function, Qualifier="live", Payload=json.dumps(event)
        )

    def write(self, *messages: str, ago: float = 0) -> None:
        """As Lambda writes what ministack's does not."""
        logs = self.account.client("logs")
        stream = f"written/{time.monotonic_ns()}"
        logs.create_log_stream(logGroupName=self.group, logStreamName=stream)
        at = int((time.time() - ago) * 1000)
        events = [{"timestamp": at, "message": message} for message in messages]
        logs.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)

    def shown(self, seconds: float = 600, as_json: bool = False) -> list[str]:
        lines: list[str] = []
        show(self.account, self.stage, seconds, False, as_json, lines.append)
        return "".join(lines).splitlines()


def test_a_request_is_one_line_with_its_route(log: Log) -> None:
    line = next(each for each in log.shown() if "first" in each)
    clock = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
    assert re.fullmatch(rf"{clock}  200      12\.3 ms  GET    /todos +  first", line)


def test_a_request_without_an_operation_is_told_too(log: Log) -> None:
    assert any("(no operation)" in each and "second" in each for each in log.shown())


def test_what_lambda_says_of_each_invocation_is_left_out(log: Log) -> None:
    assert not [each for each in log.shown() if re.search("START|END|REPORT", each)]


def test_an_exception_is_told_with_its_traceback(log: Log) -> None:
    assert "no such thing" in "\n".join(log.shown())


def test_cold_starts_timeouts_and_failures_are_told(log: Log) -> None:
    failed = {
        "requestId": "third", "operation": "createTodo", "status": 503, "durationMs": 3.0,
        "coldStart": True, "failure": {"errors": ["A", "B"], "trace": ["f.py:3 f"]},
    }  # fmt: skip
    coded = {**failed, "requestId": "fourth", "lambdaRequestId": "8f5b"}
    coded["failure"] = {"errors": ["A", "B"], "code": "ThrottlingException", "trace": ["f.py:3 f"]}
    log.write(
        "INIT_START Runtime Version: python:3.13.v1",
        "REPORT RequestId: x\tDuration: 9 ms\tMax Memory Used: 90 MB\tInit Duration: 612.34 ms\t\n",
        "RESTORE_REPORT Restore Duration: 300.2 ms\n",
        json.dumps(failed) + "\n",
        json.dumps(coded) + "\n",
        "2026-11-23T10:00:00.000Z x Task timed out after 10.01 seconds\n\n",
        "\x1b[2J",
    )
    lines = log.shown()
    told = "\n".join(line[25:] if line[:1].isdigit() else line for line in lines)
    assert "cold start, 612 ms before its first request" in told
    assert "cold start, 300 ms before its first request" in told
    assert (
        "503       3.0 ms  POST   /todos             third  cold\n    A from B\n    f.py:3 f"
        in told
    )
    assert (
        "fourth  cold\n    ThrottlingException: A from B\n    Lambda request 8f5b\n    f.py:3 f"
        in told
    )
    assert "Task timed out after 10.01 seconds" in told
    assert "INIT_START" not in told
    assert "\\x1b[2J" in told


def test_json_is_what_the_function_wrote(log: Log) -> None:
    lines = [json.loads(line) for line in log.shown(as_json=True)]
    assert "first" in [line.get("requestId") for line in lines]
    assert any("no such thing" in line.get("message", "") for line in lines)


def test_older_lines_are_left_out(log: Log) -> None:
    log.write("long ago", ago=300)
    assert any("long ago" in line for line in log.shown(seconds=400))
    assert not any("long ago" in line for line in log.shown(seconds=200))


def test_following_shows_each_line_once_and_late_ones_too(log: Log) -> None:
    """What is written when the first line is shown comes late; the end, when that is shown."""
    lines: list[str] = []

    def write(line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            log.write("late", ago=20)
        elif "late" in line:
            log.write("the end")
        elif "the end" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        show(log.account, log.stage, 600, True, False, write)
    assert len(lines) == len(set(lines))
    assert sum(line.endswith("  first\n") for line in lines) == 1
    assert sum("late" in line for line in lines) == 1


@pytest.mark.parametrize("end", ["ctrl-c", "closed pipe"])
def test_following_ends_well(log: Log, end: str) -> None:
    process = subprocess.Popen(
        [COMMAND, "logs", "--follow"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    try:
        assert process.stdout.readline()
        if end == "ctrl-c":
            process.send_signal(2)
        else:
            process.stdout.close()
            log.write("into nowhere")
        assert process.wait(300) == 0
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.usefixtures("log")
def test_a_stage_that_is_not_there_has_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--stage", "try"]) == 4
    assert "There is: prod." in capsys.readouterr().err


@pytest.mark.parametrize("since", ["10", "m", "10w", "-1m"])
def test_a_time_that_makes_no_sense_is_refused(
    since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["logs", f"--since={since}"])
    assert "write 90s, 10m, 2h or 3d" in capsys.readouterr().err


def test_the_lines_of_the_service_itself_are_understood(log: Log, tmp_path: Path) -> None:
    """The very handler wrote them, one of a request that went well and one of a failure."""
    lines: list[str] = []
    store = SQLiteStore(tmp_path / "items.db", load(TODOS).filters)
    handler = create_handler(create_app(load(TODOS), store), lines.append)
    alone(handler, Request("GET", "/todos", (), None))
    store.close()
    (tmp_path / "items.db").write_bytes(b"no database" * 999)
    alone(handler, Request("GET", "/todos", (), None))
    log.write(*lines)
    told: list[str] = []
    show(log.account, log.stage, 600, False, False, told.append)
    mine = [line for line in told if json.loads(lines[0])["requestId"] in line]
    assert len(mine) == 1
    assert re.search(r" 200 +[\d.]+ ms  GET    /todos +\S+  cold\n$", mine[0])
    failed = [line for line in told if json.loads(lines[1])["requestId"] in line]
    assert re.search(r" 50[03] +[\d.]+ ms  GET    /todos ", failed[0])
    assert re.search(r"\n    SQLITE_\w+: \w+ from \w+", failed[0])
    assert "service/stores/sqlite.py:" in failed[0]
