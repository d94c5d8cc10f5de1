"""Changes in words: what a deployment would do to resources, and its dangers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.contract.model import Contract
from service.contract.rules import Rule
from service.contract.security import Kind

Change = dict[str, Any]
"""CloudFormation's ResourceChange."""

CODE_CHANGES: list[Change] = [
    {
        "Action": "Modify",
        "LogicalResourceId": name,
        "ResourceType": f"AWS::Lambda::{name}",
        "Details": [{"Target": {"Name": what}}],
    }
    for name, what in (("Function", "Code"), ("Alias", "FunctionVersion"))
]
"""The changes if only code changes, as CloudFormation would list them."""

_HASHED = re.compile(r"[0-9a-f]{8,}$")
"""The end of logical ids that change together with their resources."""


def in_words(changes: list[Change]) -> Iterator[str]:
    """One line for each resource: what would happen to it, and why."""
    renewed = _renewed(changes)
    for change in changes:
        name = change["LogicalResourceId"]
        if _HASHED.sub("", name) in renewed:
            if change["Action"] == "Add":
                yield f"  renew    {_HASHED.sub('', name)}  {change['ResourceType']}"
        else:
            yield f"  {_verb(change):8} {name}  {change['ResourceType']}{_why(change)}"


def replaced(changes: list[Change]) -> list[tuple[str, str]]:
    """What would be replaced by something new and empty: its physical id, and what that means."""
    return [
        (change["PhysicalResourceId"], _EMPTY[change["ResourceType"]])
        for change in changes
        if change["ResourceType"] in _EMPTY and _verb(change) == "replace"
    ]


_EMPTY = {
    "AWS::DynamoDB::Table": "The table {0} would be replaced by a new, EMPTY one. It stays in the"
    " account, and the API no longer shows its items.",
    "AWS::Cognito::UserPool": "The user pool {0} would be replaced by a new, EMPTY one. It stays in"
    " the account, and none of its people can sign in, or see what is theirs.",
}


def turned(before: Contract, after: Contract) -> Iterator[tuple[str, str]]:
    """Each update whose meaning would change: its operationId, and the new meaning."""
    for id, operation in after.operations.items():
        old = before.operations.get(id)
        if old and operation.rule and old.rule and {operation.rule, old.rule} == _UPDATES:
            now = "removes" if operation.rule is Rule.REPLACE else "keeps"
            yield id, f"{id} {now} what a client does not send, and did the opposite before."


def unnamed(before: Contract, after: Contract) -> Iterator[str]:
    """Each collection whose items no request could reach any more."""
    for name, collection in after.collections.items():
        old = before.collections.get(name)
        if old and old.integer_ids != collection.integer_ids:
            kinds = ("uuids", "integers") if collection.integer_ids else ("integers", "uuids")
            yield (
                f"{name}: the ids of the items that are there are {kinds[0]}, and the contract"
                f" wants {kinds[1]}. Give the collection another path, or leave its ids as they"
                " are."
            )


def left_behind(outputs: Mapping[str, str], parameters: Mapping[str, str]) -> Iterator[str]:
    """What remains when an extra is removed, and how to delete it; from a stack's outputs."""
    key = outputs.get("EncryptionKeyId")
    if key and parameters.get("OwnKey") == "off":
        yield (
            f"The key {key} stays, and keeps costing money: backups of the last 35 days and earlier"
            " log lines cannot be read without it. When nobody needs them any more: `aws kms"
            f" schedule-key-deletion --key-id {key}`. `todo-api destroy` does so, too."
        )
    bucket = outputs.get("TrailBucket")
    if bucket and parameters.get("DataEvents") == "off":
        yield (
            f"What the trail has recorded stays in s3://{bucket}; its last files arrive there in"
            " some minutes. Each file is deleted after as many days as logs are kept (--log-days)."
            f" To delete all of them now: `aws s3 rb --force s3://{bucket}`. `todo-api destroy`"
            " does so, too."
        )


def strangers_may_read(contract: Contract) -> Iterator[str]:
    """The path of each collection that everybody shares and only people may call."""
    for collection in contract.collections.values():
        reading = {
            each.access.caller
            for each in contract.operations.values()
            if each.of == collection and each.method == "get"
        }
        if not collection.owned and reading == {Kind.PERSON}:
            yield collection.path


_UPDATES = {Rule.REPLACE, Rule.MERGE}


def _renewed(changes: list[Change]) -> set[str]:
    by_action = {
        action: {
            _HASHED.sub("", each["LogicalResourceId"])
            for each in changes
            if each["Action"] == action and _HASHED.search(each["LogicalResourceId"])
        }
        for action in ("Add", "Remove")
    }
    return by_action["Add"] & by_action["Remove"]


def _verb(change: Change) -> str:
    match change["Action"], change.get("Replacement"):
        case "Modify", "True":
            return "replace"
        case "Modify", _:
            return "change"
        case action, _:
            return str(action).lower()


def _why(change: Change) -> str:
    """The properties that differ."""
    targets = (each.get("Target", {}) for each in change.get("Details", ()))
    names = dict.fromkeys(each.get("Name") or each.get("Attribute", "") for each in targets)
    told = ", ".join(name for name in names if name)
    return f": {told}" if told and change["Action"] == "Modify" else ""
