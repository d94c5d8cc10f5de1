"""The deployer: from a contract to a running API.

bring_up      the stack, by a pipeline of its own      Done
outputs       its addresses and names
upload        the page, the reference and the clients  how many files changed
first_answer  one request as a client sends it
"""

import time
from dataclasses import dataclass, replace

from infra.aws.outputs import outputs
from infra.console import ask
from infra.deploy.confirmation import YES
from infra.deploy.deployment import Deployment
from infra.deploy.failures import ASK_AWS, DeploymentFailed
from infra.deploy.first_request import first_answer
from infra.deploy.pipeline import Done, bring_up
from infra.deploy.sign_in import provider_of
from infra.deploy.upload import upload

ROLE_TRIES = 3
"""How often the first stack is created if Lambda cannot assume its role yet."""


@dataclass(frozen=True)
class Result:
    """The result of a deployment."""

    stage: str
    region: str
    changed: bool
    filled: int
    """The number of items that were given the keys of new filters."""
    uploaded: int
    """The number of files of the site that changed."""
    seconds: float
    outputs: dict[str, str]


def deploy(deployment: Deployment) -> Result:
    """Deploy, or find that nothing has to change. Raises StackError, CannotPackage."""
    began = time.monotonic()
    account, stage, contract = deployment.account, deployment.stage, deployment.contract
    deployment.tell(f"Deploying stage {stage.name}: {account}")
    done = _brought_up(deployment)
    found = outputs(account, stage)
    api, uploaded = found["ApiUrl"], 0
    if "SiteUrl" in found:
        provider = provider_of(found)
        uploaded = upload(account, found, deployment.file, contract.document, provider)
    deployment.tell(first_answer(contract, api))
    return Result(
        stage=stage.name,
        region=account.region,
        changed=done.changed or uploaded > 0,
        filled=done.filled,
        uploaded=uploaded,
        seconds=round(time.monotonic() - began, 1),
        outputs=found,
    )


def _brought_up(deployment: Deployment) -> Done:
    """Bring the stack up; a first attempt may fail for a passing reason, or for an optional part.

    What has been agreed to is not asked again. Raises StackError, CannotPackage.
    """
    tries = 1
    while True:
        try:
            return bring_up(deployment)
        except DeploymentFailed as failure:
            if failure.first and failure.role_was_too_new and tries < ROLE_TRIES:
                tries += 1
                deployment.tell(
                    f"{failure.cause}\nThe role was too new for Lambda, which is temporary."
                    f" Removing what this attempt has made, and starting over: try {tries} of"
                    f" {ROLE_TRIES}."
                )
                deployment = replace(deployment, agreed=True)
            elif (
                failure.first
                and failure.account_is_unverified
                and _goes_without_page(deployment, failure)
            ):
                options = {**deployment.options, "Page": "off"}
                deployment = replace(deployment, agreed=True, options=options)
            else:
                raise


def _goes_without_page(deployment: Deployment, failure: DeploymentFailed) -> bool:
    """Whether somebody at the terminal wants the API without a page; --yes has agreed to one."""
    if deployment.agreed:
        return False
    deployment.tell(f"{failure.cause}\n{ASK_AWS}")
    return ask("Go on without the page? `--page on` adds it later. [y/N]") in YES
