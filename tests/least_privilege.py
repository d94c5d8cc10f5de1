"""Least privilege: what the service calls of AWS in these tests is what the role allows.

A plugin of pytest. It notes every call whose caller is the service itself, in each of xdist's
workers, and fails a run that made a call which the role does not allow; a run of the whole suite
also if the role allows what no test has made the service do. Servers that tests start as processes
of their own are not heard.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore import handlers

Call = tuple[str, str]
"""An action of IAM and the resource that it is for, as the template writes it."""

MADE_BY_LAMBDA: set[Call] = {
    ("logs:CreateLogStream", "${FunctionLogs.Arn}"),
    ("logs:PutLogEvents", "${FunctionLogs.Arn}"),
}
"""Lambda writes the function's log with the function's role."""

_CALLS = pytest.StashKey[set[Call]]()
_FAULTS = pytest.StashKey[list[str]]()

_listeners: list[set[Call]] = []


@contextmanager
def recorded() -> Iterator[set[Call]]:
    """The calls that the service makes meanwhile."""
    calls: set[Call] = set()
    _listeners.append(calls)
    try:
        yield calls
    finally:
        _listeners.remove(calls)


def role_allows() -> set[Call]:
    """What the template's role allows the service's own code."""
    from tests.deploy.policies import allowed
    from tests.deploy.templates import rendered, resolved

    return allowed(resolved(rendered())) - MADE_BY_LAMBDA


def difference(calls: set[Call], *, whole: bool) -> list[str]:
    """What was done and is not allowed; of a whole suite also what is allowed and was not done."""
    granted = role_allows()
    more = [f"{action} on {end}: done, not allowed" for action, end in sorted(calls - granted)]
    less = [f"{action} on {end}: allowed, not done" for action, end in sorted(granted - calls)]
    return more + less if whole else more


# -- hooks -------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_CALLS] = set()
    _listeners.append(config.stash[_CALLS])
    # botocore registers these with every session that it makes.
    handlers.BUILTIN_HANDLERS.append(("before-call", _note))


def pytest_unconfigure() -> None:
    handlers.BUILTIN_HANDLERS.remove(("before-call", _note))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended, and told what it heard."""
    calls = getattr(node, "workeroutput", {}).get("calls", ())
    node.config.stash[_CALLS].update((action, end) for action, end in calls)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    calls = session.config.stash[_CALLS]
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["calls"] = sorted(calls)
        return
    whole = exitstatus == pytest.ExitCode.OK and _is_whole(session.config)
    session.config.stash[_FAULTS] = difference(calls, whole=whole) if calls or whole else []
    if session.config.stash[_FAULTS]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    faults = terminalreporter.config.stash.get(_FAULTS, [])
    if faults:
        terminalreporter.section("FunctionRole of infra/template.yaml and what the service does")
        terminalreporter.write_line("\n".join(faults))


def _is_whole(config: pytest.Config) -> bool:
    options = config.option
    narrowed = options.keyword or options.markexpr or options.collectonly
    narrowed = narrowed or getattr(options, "lf", False) or getattr(options, "deselect", None)
    return not narrowed and config.args == config.getini("testpaths")


# -- calls -------------------------------------------------------------------------------------


def _note(model: Any, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    if _caller().startswith("service."):
        sent = context.get("parameters", params)
        end = "${Table.Arn}/index/*" if "IndexName" in sent else "${Table.Arn}"
        call = (f"{model.service_model.service_name}:{model.name}", end)
        for calls in _listeners:
            calls.add(call)


def _caller() -> str:
    """The module that called the client."""
    frame = sys._getframe(1)
    while frame.f_back:
        name: str = frame.f_globals.get("__name__", "")
        if name != __name__ and not name.startswith(("botocore.", "boto3.")):
            return name
        frame = frame.f_back
    return ""
