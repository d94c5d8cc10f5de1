"""What somebody has changed by hand of a stack, told before a deployment overwrites it."""

from infra.aws.drift import Detection
from infra.deploy.changes import Change
from infra.deploy.current import Standing
from infra.deploy.deployment import Deployment


def begun(deployment: Deployment, standing: Standing | None) -> Detection:
    """A search, which goes on while other things are done; of no stack it finds nothing."""
    detection = Detection(deployment.account, deployment.stage.stack)
    if standing and standing.detectable:
        detection.begin(deployment.tell)
    return detection


def tell_changes_by_hand(
    deployment: Deployment, standing: Standing | None, detection: Detection, changes: list[Change]
) -> None:
    """What was found, and what becomes of it by these changes. Raises StackError."""
    touched = {each["LogicalResourceId"] for each in changes}
    for each in detection.drifted(deployment.tell):
        if standing and standing.ahead and each.name == "Alias":
            continue  # no hand has moved it
        then = "may be set back now" if each.name in touched else "stays so"
        deployment.tell(f"By hand, {then}: {each.name} ({each.type}): {each.differences}")
