"""The addresses and names of a deployed stage, as they can be reached from here."""

from urllib.parse import urlsplit

from infra.aws.account import Account, StackError
from infra.aws.cloudformation import Stack, outputs_in, words
from infra.aws.search import stages
from infra.aws.stage import Stage

_DISCOVERY = ".well-known/openid-configuration"


def outputs(account: Account, stage: Stage) -> dict[str, str]:
    """The stack's outputs by name. Raises StackError if the stage does not exist, or is incomplete.

    An emulator's stack has AWS's addresses; they are replaced by its own.
    """
    found = Stack(account, stage.stack).description()
    if not found:
        raise StackError(_no_such_stage(account, stage))
    told = outputs_in(found)
    if "ApiUrl" not in told:
        raise StackError(
            f"Stage {stage.name} is not up: {stage.stack} is {words(found['StackStatus'])}. Deploy"
            f" it again: todo-api deploy --stage {stage.name}"
        )
    return {**told, **(_emulated(account.emulator, told, stage) if account.emulator else {})}


def _no_such_stage(account: Account, stage: Stage) -> str:
    known = ", ".join(stages(account))
    return (
        f"There is no stage {stage.name} in {account}."
        f" {f'There is: {known}.' if known else 'There are no stages yet.'}"
        f" To make it: todo-api deploy --stage {stage.name}"
    )


def _emulated(emulator: str, told: dict[str, str], stage: Stage) -> dict[str, str]:
    """The addresses in ministack: APIs have a path of their own, distributions a host name of
    this machine, and people of every pool sign in at the same address."""
    address = urlsplit(emulator)
    found = {"ApiUrl": f"{emulator}/_aws/execute-api/{told['ApiId']}/{stage.name}"}
    if "SiteUrl" in told:
        label = (urlsplit(told["SiteUrl"]).hostname or "").partition(".")[0]
        host = f"{label}.cloudfront.localhost:{address.port or 80}"
        found["SiteUrl"] = f"{address.scheme}://{host}"
    if "SignInUrl" in told:
        found["SignInUrl"] = emulator
        found["DiscoveryUrl"] = f"{emulator}/{told['UserPoolId']}/{_DISCOVERY}"
    return found
