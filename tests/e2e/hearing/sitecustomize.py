"""Notes each call that a command makes of AWS, one a line; Python loads it before the command."""

import os
import sys
from typing import Any

_FILE = os.environ.get("TODO_API_CALLS")


def _note(model: Any, **_: Any) -> None:
    assert _FILE is not None
    with open(_FILE, "a", encoding="utf-8") as file:
        file.write(f"{model.service_model.service_name} {model.name}\n")


if _FILE and any(each.endswith("todo-api") for each in sys.orig_argv):
    from botocore import handlers

    # botocore registers these with every session that it makes.
    handlers.BUILTIN_HANDLERS.append(("before-call", _note))
