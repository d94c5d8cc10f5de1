"""The people of a stage: invited by e-mail, listed, found, and removed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.account import Account, StackError, code, explained
from infra.aws.outputs import outputs
from infra.aws.pools import Pool
from infra.aws.stage import Stage

ADDRESS = re.compile(r"[^@\s\"\\]+@[^@\s\"\\]+")


@dataclass(frozen=True)
class Person:
    """One person, whose items belong to `sub`."""

    address: str
    username: str
    """Cognito's name for the person."""
    sub: str
    status: str
    """`confirmed`, or `invited` until the first sign-in; otherwise Cognito's own status."""
    since: str
    is_enabled: bool = True


class People:
    """The people of one stage."""

    def __init__(self, account: Account, stage: Stage) -> None:
        """Raises StackError for a stage without people."""
        self._client = account.client("cognito-idp")
        self.outputs = outputs(account, stage)
        if "UserPoolId" not in self.outputs:
            raise StackError(
                f"Nobody signs in to stage {stage.name}: its contract names no person. Give it"
                " security of openIdConnect, and deploy it."
            )
        self._pool = Pool(account, self.outputs["UserPoolId"])

    def list(self) -> Iterator[Person]:
        """Raises StackError."""
        yield from map(_person, self._pool.people())

    def invite(self, address: str) -> bool:
        """Create an account and let Cognito send its first password; return whether it is new.

        If somebody was invited and has not signed in yet, another one is sent. Raises StackError.
        """
        known = self.find(address)
        if known and known.status != "invited":
            raise StackError(f"{address} has an account already, since {known.since}.")
        with explained():
            self._client.admin_create_user(
                UserPoolId=self._pool.id,
                Username=address,
                DesiredDeliveryMediums=["EMAIL"],
                **({"MessageAction": "RESEND"} if known else _attributes(address)),
            )
        return known is None

    def find(self, name: str) -> Person | None:
        """The person with this e-mail address or `sub`. Raises StackError."""
        attribute = "email" if ADDRESS.fullmatch(name) else "sub"
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        with explained():
            found = self._client.list_users(
                UserPoolId=self._pool.id, Filter=f'{attribute} = "{quoted}"'
            )["Users"]
        return next(map(_person, found), None)

    def known(self, name: str) -> Person:
        """Like `find`, but raises StackError if there is no such person."""
        person = self.find(name)
        if person is None:
            raise StackError(f"{name} has no account. Who has one: `todo-api people list`.")
        return person

    def remove(self, person: Person) -> None:
        """Delete a person's account; a missing one is not an error. Raises StackError."""
        with explained():
            try:
                self._client.admin_delete_user(UserPoolId=self._pool.id, Username=person.username)
            except ClientError as error:
                if code(error) != "UserNotFoundException":
                    raise


def _attributes(address: str) -> dict[str, Any]:
    """The attributes of an account; an invitation proves the address, so it counts as verified."""
    return {
        "UserAttributes": [
            {"Name": "email", "Value": address},
            {"Name": "email_verified", "Value": "true"},
        ]
    }


def _person(user: dict[str, Any]) -> Person:
    attributes = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
    status = str(user["UserStatus"])
    return Person(
        address=attributes.get("email", ""),
        username=user["Username"],
        sub=attributes["sub"],
        status=_STATUS.get(status, status.lower().replace("_", " ")),
        since=user["UserCreateDate"].date().isoformat(),
        is_enabled=user.get("Enabled", True),
    )


_STATUS = {"CONFIRMED": "confirmed", "FORCE_CHANGE_PASSWORD": "invited"}
