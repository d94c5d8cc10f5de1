"""The deployment of one stage, from the contract to an API that answers."""

import time
from dataclasses import dataclass, field, replace

from infra.aws.account import Account
from infra.aws.outputs import outputs
from infra.console import Tell, ask
from infra.deploy.confirmation import YES
from infra.deploy.desired import Wish
from infra.deploy.failures import ASK_AWS, DeploymentFailed
from infra.deploy.first_request import first_answer
from infra.deploy.pipeline import Deployment, Done
from infra.deploy.upload import upload

ROLE_TRIES = 3
"""How often a first stack is made whose role Lambda cannot assume yet."""


@dataclass
class Result:
    """What a deployment came to."""

    stage: str
    region: str
    changed: bool = False
    filled: int = 0
    """Items that got the keys of new filters."""
    uploaded: int = 0
    """Files of the site that changed."""
    seconds: float = 0.0
    outputs: dict[str, str] = field(default_factory=dict)


def deploy(account: Account, wish: Wish, tell: Tell) -> Result:
    """Deploy, or find that nothing has to change. Raises StackError, CannotPackage."""
    began = time.monotonic()
    result = Result(wish.stage.name, account.region)
    tell(f"Deploying stage {wish.stage.name}: {account}")
    done = _bring_up(account, wish, tell)
    result.filled = done.filled
    result.outputs = outputs(account, wish.stage)
    api = result.outputs["ApiUrl"]
    if "SiteUrl" in result.outputs:
        result.uploaded = upload(account, result.outputs, wish.file, wish.contract.document, api)
    result.changed = done.changed or result.uploaded > 0
    tell(first_answer(wish.contract, api))
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _bring_up(account: Account, wish: Wish, tell: Tell) -> Done:
    """Until the stack is as wished for: a first attempt may fail for a reason that passes.

    What was agreed to once is not asked for again. Raises StackError, CannotPackage.
    """
    tries = 1
    while True:
        try:
            return Deployment(account, wish, tell).run()
        except DeploymentFailed as failure:
            if failure.first and failure.role_was_too_new and tries < ROLE_TRIES:
                tries += 1
                tell(
                    f"{failure.cause}\nThe role was too new for Lambda, which passes. What this"
                    f" attempt has made goes, and it begins anew: try {tries} of {ROLE_TRIES}."
                )
                wish = replace(wish, agreed=True)
            elif (
                failure.first
                and failure.account_is_unverified
                and _goes_without_page(wish, failure, tell)
            ):
                wish = replace(wish, agreed=True, options={**wish.options, "Page": "off"})
            else:
                raise


def _goes_without_page(wish: Wish, failure: DeploymentFailed, tell: Tell) -> bool:
    """Whether somebody who is there to ask wants the API alone; --yes has agreed to a page."""
    if wish.agreed:
        return False
    tell(f"{failure.cause}\n{ASK_AWS}")
    return ask("Go on without the page? `--page on` adds it later. [y/N]") in YES
