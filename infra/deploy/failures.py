"""Failures of a deployment: what serves now, and what to do about it."""

from typing import Literal

from infra.aws.cloudformation import StackFailed
from infra.aws.stage import Stage

Serving = Literal["nothing", "the version before", "the new version"]

_ROLE = "cannot be assumed by Lambda"
"""What Lambda says about a role that is too new (AWS Lambda: Troubleshoot deployment issues)."""

_UNVERIFIED = "must be verified before you can add new CloudFront resources"

ASK_AWS = (
    "AWS has not verified this account yet: it creates no CloudFront distributions for it, and the"
    " page wants one. Open a case at https://console.aws.amazon.com/support/home#/ (Account and"
    " billing, which is free), quote the message above, and ask for CloudFront to be allowed."
)


class DeploymentFailed(StackFailed):
    """An update of the stack failed; the message says what serves now and what to do.

    `again` is the command that continues the deployment.
    """

    def __init__(self, failure: StackFailed, stage: Stage, serving: Serving, again: str) -> None:
        self.cause = str(failure)
        self.first = serving == "nothing"
        """Whether nothing has served yet, so that it can be started over."""
        self.role_was_too_new = _ROLE in str(failure)
        self.account_is_unverified = _UNVERIFIED in str(failure)
        super().__init__(
            f"{failure}\n{_SERVING[serving]} {self._advice(again)}\nEvery event:"
            f" aws cloudformation describe-stack-events --stack-name {stage.stack}"
        )

    def _advice(self, again: str) -> str:
        if self.account_is_unverified:
            return (
                f"{ASK_AWS}\nUntil then the API can stand without its page: {again} --page off\n"
                f"Once AWS has answered: {again} --page on"
            )
        return f"Mend the cause, and run it again: {again}"


_SERVING: dict[Serving, str] = {
    "nothing": (
        "Nothing serves yet. What is left of this attempt goes first when it is deployed again, or"
        " with `todo-api destroy`; a table that holds items stays."
    ),
    "the version before": "The previous version is still serving.",
    "the new version": "The new version is serving; only tidying up after it failed.",
}
