"""Manual changes to a stack, reported before a deployment overwrites them."""

from infra.aws.drift import Detection
from infra.deploy.changes import Change
from infra.deploy.current import Standing
from infra.deploy.deployment import Deployment


def begun(deployment: Deployment, standing: Standing | None) -> Detection:
    """Begin a detection, which runs while other things are done; it needs a stack to find any."""
    detection = Detection(deployment.account, deployment.stage.stack)
    if standing and standing.detectable:
        detection.begin(deployment.tell)
    return detection


def tell_changes_by_hand(
    deployment: Deployment, standing: Standing | None, detection: Detection, changes: list[Change]
) -> None:
    """Report what was found, and what these changes will do to it. Raises StackError."""
    touched = {each["LogicalResourceId"] for each in changes}
    for each in detection.drifted(deployment.tell):
        if standing and standing.ahead and each.name == "Alias":
            continue  # it was not moved by hand
        then = "may be set back now" if each.name in touched else "stays so"
        deployment.tell(f"By hand, {then}: {each.name} ({each.type}): {each.differences}")
