"""The command `keys`: the API keys of this machine, or of a stage."""

import sys
from argparse import Namespace

from infra.console import tell
from infra.exits import Exit
from infra.gateway.keys import FILE, KeyFile, NameTaken, NoSuchKey
from infra.gateway.secrets import FOLDER


def run(options: Namespace) -> int:
    """Create, list or revoke keys of this machine, or of a stage."""
    if options.stage:
        # Imported here: the keys of this machine need no AWS.
        from infra.aws_commands import run as run_on_aws

        return run_on_aws(options)
    file = KeyFile(FOLDER / FILE)
    try:
        match options.action:
            case "create":
                value = file.create(options.name)
                tell(f"Send it as X-Api-Key. It is not shown again: {file.path} does not hold it.")
                sys.stdout.write(f"{options.name}  {value}\n")
            case "revoke":
                file.revoke(options.name)
                tell(f"{options.name} is revoked.")
            case _:
                _list(file)
    except NameTaken:
        tell(f"There is a key {options.name!r} already. Revoke it first, or choose another name.")
        return Exit.MISUSED
    except NoSuchKey:
        tell(f"There is no key {options.name!r}: todo-api keys list shows which there are.")
        return Exit.MISUSED
    except OSError as error:
        tell(f"{file.path} cannot be used: {error.strerror}.")
        return Exit.UNAVAILABLE
    except (ValueError, KeyError, TypeError):
        tell(f"{file.path} holds no keys. Delete it, and create them anew.")
        return Exit.UNAVAILABLE
    return Exit.DONE


def _list(file: KeyFile) -> None:
    keys = file.read()
    for key in keys:
        sys.stdout.write(f"{key.name:32}  {key.id}  since {key.created}\n")
    if not keys:
        tell("There are no keys yet: todo-api keys create NAME")
