"""The commands that work on AWS: their output and their exit codes."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict

from infra.aws.account import Account, AccountUnavailable, StackError
from infra.aws.logs import show
from infra.aws.outputs import outputs
from infra.beside import extras
from infra.callers_commands import hand_over, keys, people
from infra.console import tell
from infra.deploy.deployer import Result as Deployed
from infra.deploy.deployer import deploy
from infra.deploy.deployment import Deployment, KeptItems
from infra.destroy.destruction import Result, destroy
from infra.destroy.inventory import comparison
from infra.exits import Exit
from infra.gateway.claims import UNPROVEN
from infra.package import (
    CannotPackage,
    More,
    default_architecture,
    default_runtime,
    package,
    table,
)
from infra.parity import parity
from infra.parity import told as parity_told
from service.contract.model import Contract


def run(options: Namespace, contract: Contract | None = None) -> int:
    """Run the command that the options name, and return its exit code.

    `contract` is the contract for `deploy` and `package`.
    """
    try:
        if contract is not None:
            return (_deploy if options.command == "deploy" else _package)(options, contract)
        return _COMMANDS[options.command](options)
    except CannotPackage as error:
        tell(str(error))
        return Exit.REFUSED
    except AccountUnavailable as error:
        tell(str(error))
        return Exit.UNAVAILABLE
    except StackError as error:
        tell(str(error))
        return Exit.FAILED


def _deploy(options: Namespace, contract: Contract) -> int:
    deployment = Deployment(
        account=Account(options.region),
        stage=options.stage,
        file=options.contract,
        contract=contract,
        options=_parameters(options),
        agreed=options.yes,
        tell=tell,
        may_break_clients=options.breaking,
        kept_items=KeptItems(options.kept_items) if options.kept_items else None,
    )
    try:
        result = deploy(deployment)
    except KeyboardInterrupt:
        tell(
            "\nStopped. AWS finishes by itself what it has begun, even building an index. To go on,"
            f" run it again: {deployment.again}"
        )
        return Exit.INTERRUPTED
    sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n" if options.json else _up(result))
    return 0


def _parameters(options: Namespace) -> dict[str, str]:
    """The options by the names of the template's parameters."""
    asked = {
        "Architecture": options.architecture,
        "Runtime": options.runtime,
        "TableName": options.table_name,
        "AlarmEmail": options.alarm_email,
        "Origin": options.origin,
        "SnapStart": options.snap_start,
        "Page": options.page,
        "LogRetentionDays": options.log_days,
        "ThrottleRate": options.rate,
        "ThrottleBurst": options.burst,
        "Shards": options.shards,
        "SignUp": options.sign_up,
        "Mfa": options.mfa,
        "KeyRate": options.key_rate,
        "KeyBurst": options.key_burst,
        "KeyQuota": options.key_quota,
        "Tracing": options.xray,
        "OwnKey": options.kms,
        "BudgetDollars": options.budget,
        "Firewall": options.waf,
        "DataEvents": options.trail,
    }
    return {name: str(value) for name, value in asked.items() if value is not None}


def _up(result: Deployed) -> str:
    said = "is deployed" if result.changed else "is as it should be: nothing had to change"
    site = result.outputs.get("SiteUrl")
    lines = [
        f"Stage {result.stage} {said}. {result.seconds:.0f} s.",
        f"  API        {result.outputs['ApiUrl']}",
        f"  Page       {site}/" if site else "  Page       none: --page on adds it",
        *([f"  Reference  {site}/docs/"] if site else []),
        f"  Dashboard  {result.outputs['DashboardUrl']}",
        *_callers(result),
    ]
    return "\n".join(lines) + "\n"


def _callers(result: Deployed) -> Iterator[str]:
    """What to do next if not everybody may call."""
    stage = f"--stage {result.stage}"
    if "SignInClient" in result.outputs:
        yield f"  People     todo-api people invite ADDRESS {stage}"
    if "ApiKeyId" in result.outputs:
        yield f"  Keys       todo-api keys list {stage}"


def _package(options: Namespace, contract: Contract) -> int:
    runtime = options.runtime or default_runtime()
    architecture = options.architecture or default_architecture(runtime)
    further = extras(options.contract)
    more = More(further.libraries, services=bool(further.statements))
    made = package(contract, runtime, architecture, options.folder, more)
    if options.json:
        found = {"path": str(made.path), "sha256": made.sha256, "sizes": {**made.sizes}}
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write(f"{made.path}\n  sha256 {made.sha256}\n{table(made)}")
    return 0


def _destroy(options: Namespace) -> int:
    try:
        account = Account(options.region)
        result = destroy(account, options.stage, options.keep_data, options.yes, tell)
    except KeyboardInterrupt:
        again = f"todo-api destroy --stage {options.stage.name}"
        tell(f"\nStopped half-way. Run it again, and it goes on: {again}")
        return Exit.INTERRUPTED
    if options.json:
        sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n")
    elif result.before != result.kept:
        sys.stdout.write(_told(result))
    return Exit.FAILED if result.left else 0


def _told(result: Result) -> str:
    """The proof that nothing is left, or what to do about the rest."""
    lines = [comparison(result.before, [*result.kept, *result.left])]
    for found in result.left:
        region = f" --region {result.region}" if found.remove.startswith("aws ") else ""
        lines += [f"LEFT: {found}", f"  remove it: {found.remove}{region}"]
    if not result.left:
        but = " but what was to be kept" if result.kept else ""
        lines.append(f"Nothing of stage {result.stage} is left{but}. {result.seconds:.0f} s.")
    return "\n".join(lines) + "\n"


def _outputs(options: Namespace) -> int:
    found = outputs(Account(options.region), options.stage)
    if options.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        width = max(map(len, found))
        sys.stdout.writelines(f"{name:{width}}  {value}\n" for name, value in found.items())
    return 0


def _logs(options: Namespace) -> int:
    try:
        account = Account(options.region)
        show(account, options.stage, options.since, options.follow, options.json, _write)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Python would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _write(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


def _parity(options: Namespace) -> int:
    outcomes = parity(Account(options.region), options.stage)
    if options.json:
        found = {"claims": [asdict(each) for each in outcomes], "unproven": UNPROVEN}
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        sys.stdout.write(parity_told(outcomes))
    return Exit.FAILED if any(each.differences for each in outcomes) else Exit.DONE


_COMMANDS = {
    "destroy": _destroy,
    "outputs": _outputs,
    "logs": _logs,
    "parity": _parity,
    "keys": keys,
    "people": people,
    "hand-over": hand_over,
}
