"""ministack as strict as AWS: its command, with some of its functions wrapped.

Its own interpreter runs this file. The environment's `MINISTACK_STRICT` names a JSON file that is
read at each call, so that a test may change it while the engine runs:

    index_seconds    how long a new index is built, and a removed one goes
    index_lag        how long at most a write takes to reach an index, each of them by itself
    index_fails      whether CloudFormation gives up on a table after it began to change an index
    slow_roles       how often, in each account, Lambda cannot assume a new function's role
    verified         whether the account may make CloudFront distributions

What is refused, and in which words, is told with its source beside each wrapper.
"""

import copy
import json
import os
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import apigateway_v1, cloudfront, cognito, dynamodb, lambda_svc, tagging
from ministack.services.cloudformation import changesets, engine, provisioners, stacks

Json = dict[str, Any]
Response = tuple[int, Json, Any]

_changes: dict[tuple[str, str], float] = {}
"""When an index began to be built or to go, by the table's ARN and its name."""

_going: dict[tuple[str, str], Json] = {}
"""Indexes that go; DynamoDB still tells of them."""

_late: defaultdict[tuple[str, str], dict[tuple[str, str], list[tuple[float, Json | None]]]] = (
    defaultdict(dict)
)
"""What an index has of an item, and from when on it has what: by the table's ARN and its name."""

_store, _drop = dynamodb._set_item, dynamodb._remove_item

_slow_roles: Counter[tuple[str, int]] = Counter()
"""How often a role was too new, by account and by when strictness was last set."""

_rolls_back: ContextVar[bool] = ContextVar("rolls_back", default=False)


def _strictness() -> Json:
    found: Json = json.loads(Path(os.environ["MINISTACK_STRICT"]).read_text("utf-8"))
    return found


def _wrap(module: Any, name: str, wrapper: Callable[..., Any]) -> None:
    """Put a wrapper into the place of a function; it gets the function as its first argument."""
    wrapped = getattr(module, name)
    setattr(module, name, lambda *sent, **named: wrapper(wrapped, *sent, **named))


def _wrap_resource(type: str, action: str, wrapper: Callable[..., Any]) -> None:
    handlers = provisioners._RESOURCE_HANDLERS[type]
    name = handlers[action].__name__
    _wrap(provisioners, name, wrapper)
    handlers[action] = getattr(provisioners, name)


# -- indexes -----------------------------------------------------------------------------------
#
# Amazon DynamoDB Developer Guide, "Managing Global Secondary Indexes" (GSI.OnlineOps), stored copy
# read on 2026-11-26: an index is CREATING, first while its resources are allocated and the table is
# UPDATING, then backfilling; it cannot be read meanwhile, and its table cannot be deleted. The
# words are those that DynamoDB answered to others (architect #334, npdynamodb #29).


def _table(name: str) -> Json | None:
    """The table, with the statuses that its indexes have by now."""
    table: Json | None = dynamodb._tables.get(dynamodb._normalize_table_name(name))
    if table is None:
        return None
    arn, seconds = table["TableArn"], _strictness()["index_seconds"]
    for index in table.get("GlobalSecondaryIndexes") or ():
        begun = _changes.get((arn, index["IndexName"]))
        age = seconds if begun is None else time.monotonic() - begun
        if age >= seconds:
            _changes.pop((arn, index["IndexName"]), None)
            index.pop("Backfilling", None)
            index["IndexStatus"] = "ACTIVE"
        else:
            index["IndexStatus"] = "CREATING"
            index["Backfilling"] = age >= seconds / 4
    for key in [key for key in _going if key[0] == arn]:
        if time.monotonic() - _changes.get(key, 0) >= seconds:
            _changes.pop(key, None)
            del _going[key]
    allocating = [each for each in _changing(table) if not each.get("Backfilling")]
    table["TableStatus"] = "UPDATING" if allocating else "ACTIVE"
    return table


def _changing(table: Json) -> list[Json]:
    going = [index for key, index in _going.items() if key[0] == table["TableArn"]]
    made = table.get("GlobalSecondaryIndexes") or ()
    return [each for each in made if each["IndexStatus"] == "CREATING"] + going


def _update_table(update: Callable[[Json], Response], sent: Json) -> Response:
    table = _table(sent.get("TableName", ""))
    changes = [
        (verb, each[verb]["IndexName"])
        for each in sent.get("GlobalSecondaryIndexUpdates") or ()
        for verb in ("Create", "Delete")
        if verb in each
    ]
    if table:
        busy = _changing(table)
        cancels = [("Delete", each["IndexName"]) for each in busy if each.get("Backfilling")]
        if len(changes) > 1 or (changes and busy and changes != cancels):
            return _refused(
                "LimitExceededException",
                "Subscriber limit exceeded: Only 1 online index can be created or deleted"
                " simultaneously per table",
            )
        if busy and not changes:
            return _in_use(table)
    before = copy.deepcopy(table.get("GlobalSecondaryIndexes") or []) if table else []
    answer = update(sent)
    if table and answer[0] == 200:
        for verb, name in changes:
            key = (table["TableArn"], name)
            _changes[key] = time.monotonic()
            if verb == "Delete":
                (index,) = (each for each in before if each["IndexName"] == name)
                _going[key] = {**index, "IndexStatus": "DELETING", "Backfilling": False}
        _table(sent["TableName"])
    return answer


def _describe_table(describe: Callable[[Json], Response], sent: Json) -> Response:
    _table(sent.get("TableName", ""))
    return describe(sent)


def _description(describe: Callable[[str], Json], name: str) -> Json:
    """With the indexes that go; no table without an index says that it has none."""
    found = describe(name)
    going = [index for key, index in _going.items() if key[0] == found["TableArn"]]
    if going:
        found["GlobalSecondaryIndexes"] = [*found.get("GlobalSecondaryIndexes", ()), *going]
    return found


def _read(read: Callable[[Json], Response], sent: Json) -> Response:
    table = _table(sent.get("TableName", "")) if "IndexName" in sent else None
    for index in table.get("GlobalSecondaryIndexes") or () if table else ():
        if index["IndexName"] == sent["IndexName"] and index["IndexStatus"] == "CREATING":
            return _refused(
                "ValidationException",
                f"Cannot read from backfilling global secondary index: {sent['IndexName']}",
            )
    if table is None:
        return read(sent)
    with _as_index_has_it(table, sent["IndexName"]):
        return read(sent)


def _delete_table(delete: Callable[[Json], Response], sent: Json) -> Response:
    table = _table(sent.get("TableName", ""))
    return _in_use(table) if table and _changing(table) else delete(sent)


def _in_use(table: Json) -> Response:
    return _refused(
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being updated:"
        f" {table['TableName']}",
    )


def _refused(code: str, message: str) -> Response:
    answer: Response = error_response_json(code, message, 400)
    return answer


# -- indexes that lag --------------------------------------------------------------------------
#
# Amazon DynamoDB Developer Guide, "Data synchronization between tables and Global Secondary
# Indexes", read on 2026-11-26: a write reaches the indexes "within a fraction of a second, under
# normal conditions", and each by itself: a query may answer with what was there before.


def _set_item(store: Callable[..., Any], table: Json, hash: str, range: str, item: Json) -> Any:
    _delay(table, hash, range, item)
    return store(table, hash, range, item)


def _remove_item(remove: Callable[..., Any], table: Json, hash: str, range: str) -> Any:
    _delay(table, hash, range, None)
    return remove(table, hash, range)


def _delay(table: Json, hash: str, range: str, image: Json | None) -> None:
    """What every index is to have of an item from some moment on, after what it has by now."""
    lag = _strictness()["index_lag"]
    if not lag:
        return
    before = table["items"].get(hash, {}).get(range)
    for index in table.get("GlobalSecondaryIndexes") or ():
        late = _late[table["TableArn"], index["IndexName"]]
        images = late.setdefault((hash, range), [(0.0, before)])
        reached = time.monotonic() + random.uniform(0, lag)  # noqa: S311
        images.append((max(reached, images[-1][0]), image))


@contextmanager
def _as_index_has_it(table: Json, index: str) -> Iterator[None]:
    """The table with the items that an index has; nothing else runs meanwhile."""
    late = _late[table["TableArn"], index]
    actual = {key: table["items"].get(key[0], {}).get(key[1]) for key in late}
    for key in actual:
        images = late[key]
        while len(images) > 1 and images[1][0] <= time.monotonic():
            del images[0]
        _put(table, key, images[0][1])
        if len(images) == 1:
            del late[key]
    try:
        yield
    finally:
        for key, item in actual.items():
            _put(table, key, item)


def _put(table: Json, key: tuple[str, str], item: Json | None) -> None:
    if item is not None:
        _store(table, *key, item)
    elif key[1] in table["items"].get(key[0], {}):
        _drop(table, *key)


# -- tables of CloudFormation ------------------------------------------------------------------
#
# AWS::DynamoDB::Table, GlobalSecondaryIndexes, stored copy read on 2026-11-26: an update begins an
# index, does not wait for it, and makes or deletes no second one; "If your stack fails to update
# and is rolled back while adding a new index, you must manually delete the index." The words are
# those of aws-cdk #14920, and of a handler that was refused.


def _create_table_resource(create: Callable[..., Any], *sent: Any) -> Any:
    name, attributes = create(*sent)
    table = dynamodb._tables[name]
    # ministack keeps the stack's own list, and would change the stack with the table.
    table["GlobalSecondaryIndexes"] = copy.deepcopy(table.get("GlobalSecondaryIndexes") or [])
    _table(name)
    return name, attributes


def _update_table_resource(
    update: Callable[..., Any], name: str, old: Json, new: Json, *more: Any
) -> Any:
    before, after = (
        {each["IndexName"]: each for each in props.get("GlobalSecondaryIndexes") or ()}
        for props in (old, new)
    )
    changed = [each for each in {**before, **after} if before.get(each) != after.get(each)]
    if _rolls_back.get():
        kept = ("GlobalSecondaryIndexes", "AttributeDefinitions")
        return update(name, old, {**new, **{key: old[key] for key in kept if key in old}}, *more)
    if len(changed) > 1:
        raise ValueError("Cannot perform more than one GSI creation or deletion in a single update")
    found = update(name, old, new, *more)
    if changed and _strictness()["index_fails"]:
        raise ValueError("Rate exceeded (Service: DynamoDb, Status Code: 400)")
    return found


def _delete_table_resource(delete: Callable[..., Any], name: str, props: Json) -> None:
    table = _table(name)
    if table and table.get("DeletionProtectionEnabled"):
        raise ValueError(
            'Resource handler returned message: "Table is protected against deletion. To delete'
            ' the table, disable deletion protection."'
        )
    if table and _changing(table):
        raise ValueError(f"Attempt to change a resource which is still in use: {name}")
    delete(name, props)


async def _revert(revert: Callable[..., Any], *sent: Any) -> None:
    token = _rolls_back.set(True)
    try:
        await revert(*sent)
    finally:
        _rolls_back.reset(token)


# -- change sets -------------------------------------------------------------------------------
#
# A resource whose condition begins or ceases to hold is added or removed, and CloudFormation says
# so (AWS CloudFormation User Guide, "Conditions"); ministack sees no change in it.


def _resolved(resolve: Callable[..., Json], template: Json, parameters: Json, *more: Any) -> Json:
    found = resolve(template, parameters, *more)
    if template:
        holds = engine._evaluate_conditions(template, parameters)
        resources = found["Resources"].items()
        found["Resources"] = {
            name: each for name, each in resources if holds.get(each.get("Condition"), True)
        }
    return found


# -- new accounts ------------------------------------------------------------------------------
#
# The words are CloudFront's in aws-cdk-examples #279, and CloudFormation's in sst #3704.

_UNVERIFIED = (
    "Your account must be verified before you can add new CloudFront resources. To verify your"
    " account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and"
    " include this error message."
)


def _create_distribution(create: Callable[..., Response], *sent: Any) -> Response:
    if _strictness()["verified"]:
        return create(*sent)
    answer: Response = cloudfront._error("AccessDenied", _UNVERIFIED, 403)
    return answer


def _create_distribution_resource(create: Callable[..., Any], *sent: Any) -> Any:
    if not _strictness()["verified"]:
        raise ValueError(
            'Resource handler returned message: "Access denied for operation'
            f" 'AWS::CloudFront::Distribution: {_UNVERIFIED}'.\" (HandlerErrorCode: AccessDenied)"
        )
    return create(*sent)


# -- new roles ---------------------------------------------------------------------------------
#
# AWS Lambda, "Troubleshoot deployment issues": a role may be too new to be assumed. The words are
# Lambda's in python-lambda #28, and CloudFormation's in aws-ct-vpc-flowlogs #1.

_UNASSUMABLE = "The role defined for the function cannot be assumed by Lambda."


def _is_slow() -> bool:
    key = get_account_id(), Path(os.environ["MINISTACK_STRICT"]).stat().st_mtime_ns
    _slow_roles[key] += 1
    return bool(_slow_roles[key] <= _strictness()["slow_roles"])


def _create_function(create: Callable[[Json], Response], sent: Json) -> Response:
    if _is_slow():
        return _refused("InvalidParameterValueException", _UNASSUMABLE)
    return create(sent)


def _create_function_resource(create: Callable[..., Any], *sent: Any) -> Any:
    if _is_slow():
        raise ValueError(
            f'Resource handler returned message: "{_UNASSUMABLE} (Service: Lambda, Status Code:'
            ' 400)" (HandlerErrorCode: InvalidRequest)'
        )
    return create(*sent)


# -- versions ----------------------------------------------------------------------------------
#
# AWS Lambda API Reference, "PublishVersion", read on 2026-11-26: Lambda publishes no version if
# code and configuration have not changed since the last. ministack takes every update for a change.

_OF_AN_UPDATE = ("RevisionId", "LastModified", "State", "LastUpdateStatus")


def _update_function(update: Callable[[str, Json], Response], name: str, sent: Json) -> Response:
    before = copy.deepcopy(lambda_svc._functions.get(name, {}).get("config", {}))
    answer = update(name, sent)
    after = lambda_svc._functions.get(name, {}).get("config", {})
    if _lasting(before) == _lasting(after):
        after["RevisionId"] = before.get("RevisionId")
    return answer


def _lasting(config: Json) -> Json:
    return {key: each for key, each in config.items() if not key.startswith(_OF_AN_UPDATE)}


# -- user pools --------------------------------------------------------------------------------
#
# Amazon Cognito Developer Guide, "User pool deletion protection": a protected pool is not deleted,
# nor one with a domain. An update that leaves out what is verified takes the default, which has to
# agree with the rest. The words are Cognito's in localstack #11947, aws-nuke #330 and
# ekristen/aws-nuke #477, read on 2026-11-26.


def _delete_user_pool(delete: Callable[[Json], Response], sent: Json) -> Response:
    why = _undeletable(sent.get("UserPoolId", ""))
    return _refused("InvalidParameterException", why) if why else delete(sent)


def _delete_user_pool_resource(delete: Callable[..., Any], id: str, *sent: Any) -> Any:
    if why := _undeletable(id):
        raise ValueError(why)
    return delete(id, *sent)


def _undeletable(id: str) -> str:
    pool = cognito._user_pools.get(id) or {}
    if pool.get("DeletionProtection") == "ACTIVE":
        return (
            "The user pool cannot be deleted because deletion protection is activated. Deletion"
            " protection must be inactivated first."
        )
    if pool.get("Domain"):
        return (
            "User pool cannot be deleted. It has a domain configured that should be deleted first."
        )
    return ""


def _update_user_pool(update: Callable[[Json], Response], sent: Json) -> Response:
    pool = cognito._user_pools.get(sent.get("UserPoolId", "")) or {}
    settings = sent.get("UserAttributeUpdateSettings") or pool.get("UserAttributeUpdateSettings")
    verified = (settings or {}).get("AttributesRequireVerificationBeforeUpdate") or []
    if not {*verified} <= {*(sent.get("AutoVerifiedAttributes") or ())}:
        return _refused(
            "InvalidParameterException",
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in"
            " AutoVerifiedAttributes",
        )
    return update(sent)


# -- aliases -----------------------------------------------------------------------------------
#
# Service Authorization Reference, "Actions, resources, and condition keys for AWS Lambda", read on
# 2026-11-26: one alias has actions of its own; ministack asks for ListAliases.

_OF_AN_ALIAS = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}


def _lambda_action(action: Callable[[str, str], str | None], method: str, path: str) -> str | None:
    if re.search(r"/functions/[^/]+/aliases/[^/]+$", path):
        return _OF_AN_ALIAS.get(method)
    return action(method, path)


# -- tags --------------------------------------------------------------------------------------
#
# Service Authorization Reference, "Actions, resources, and condition keys" for Amazon CloudFront,
# Amazon Cognito User Pools and Amazon API Gateway Management, read on 2026-11-26: a policy may ask
# for the tags of a distribution, a user pool, an API key, and a usage plan with what is in it.


def _collect_apigateway() -> Iterator[tuple[str, list[Json]]]:
    here = f"arn:aws:apigateway:{get_region()}::"
    for id, key in apigateway_v1._api_keys.items():
        yield f"{here}/apikeys/{id}", _tags(key)
    for id, plan in apigateway_v1._usage_plans.items():
        for path in ("", "/keys"):
            yield f"{here}/usageplans/{id}{path}", _tags(plan)


def _tags(found: Json) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in (found.get("tags") or {}).items()]


def main() -> None:
    tagging._RESOURCE_TAG_COLLECTORS |= {
        "apigateway": _collect_apigateway,
        "cloudfront": tagging._collect_cloudfront,
        "cognito-idp": tagging._collect_cognito,
    }
    _wrap(dynamodb, "_update_table", _update_table)
    _wrap(dynamodb, "_describe_table", _describe_table)
    _wrap(dynamodb, "_table_description", _description)
    _wrap(dynamodb, "_query", _read)
    _wrap(dynamodb, "_scan", _read)
    _wrap(dynamodb, "_delete_table", _delete_table)
    _wrap(dynamodb, "_set_item", _set_item)
    _wrap(dynamodb, "_remove_item", _remove_item)
    _wrap_resource("AWS::DynamoDB::Table", "create", _create_table_resource)
    _wrap_resource("AWS::DynamoDB::Table", "update", _update_table_resource)
    _wrap_resource("AWS::DynamoDB::Table", "delete", _delete_table_resource)
    _wrap(stacks, "_revert_update", _revert)
    _wrap(changesets, "_resolve_props_for_diff", _resolved)
    _wrap(cloudfront, "_create_distribution", _create_distribution)
    _wrap_resource("AWS::CloudFront::Distribution", "create", _create_distribution_resource)
    _wrap(cognito, "_update_user_pool", _update_user_pool)
    _wrap(cognito, "_delete_user_pool", _delete_user_pool)
    _wrap_resource("AWS::Cognito::UserPool", "delete", _delete_user_pool_resource)
    _wrap(lambda_svc, "_create_function", _create_function)
    _wrap(iam_actions, "_lambda_action", _lambda_action)
    _wrap(lambda_svc, "_update_code", _update_function)
    _wrap(lambda_svc, "_update_config", _update_function)
    _wrap_resource("AWS::Lambda::Function", "create", _create_function_resource)
    app.main()


if __name__ == "__main__":
    main()
