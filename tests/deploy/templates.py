"""Templates as the tests look at them: rendered, and what CloudFormation would make of them."""

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy.template import render
from service.stores.layout import index_names
from tests.contracts import TODOS, load

Json = dict[str, Any]

PARAMETERS = {
    "Stage": "prod",
    "TableName": "TodoItems",
    "CodeBucket": "todo-api-artifacts-111122223333-eu-central-1",
    "CodeKey": "prod/code/0a1b2c.zip",
    "Runtime": "python3.13",
}
EVERYTHING = PARAMETERS | {
    "SnapStart": "on",
    "Origin": "https://example.com",
    "AlarmEmail": "someone@example.com",
    "AccessLogs": "on",
    "Boundary": "on",
    "PendingFilters": "completed",
    "Shards": "4",
    "OtherShards": "1",
    "Tracing": "on",
    "OwnKey": "on",
    "BudgetDollars": "25",
    "Firewall": "on",
    "DataEvents": "on",
}
"""With every condition the other way round, but the one for the page: without it less is there."""

_PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "todo-api-prod",
    "AWS::URLSuffix": "amazonaws.com",
}


def rendered(parameters: Mapping[str, str] = PARAMETERS, path: Path = TODOS) -> Json:
    """The template of a contract with all of its indexes."""
    contract = load(path)
    return render(contract, parameters, index_names(contract.filters))


def once_closed(path: Path = TODOS) -> Json:
    """The template of a stage that has people, whatever its contract says now."""
    contract = load(path)
    return render(contract, PARAMETERS, index_names(contract.filters), has_pool=True)


def resolved(template: Json, parameters: Mapping[str, str] = PARAMETERS) -> dict[str, Json]:
    """The resources that CloudFormation would make, with its functions carried out.

    References to resources stay as `${Name}` or `${Name.Attribute}`, in `Fn::Sub` too.
    """
    return _Resolver(copy.deepcopy(template), parameters).resources()


class _Resolver:
    def __init__(self, template: Json, parameters: Mapping[str, str]) -> None:
        self._template = template
        declared = template["Parameters"]
        defaults = {name: each.get("Default") for name, each in declared.items()}
        self._values = {**_PSEUDO, **defaults, **parameters}

    def resources(self) -> dict[str, Json]:
        return {
            name: {**each, "Properties": self._resolve(each["Properties"])}
            for name, each in self._template["Resources"].items()
            if "Condition" not in each or self._holds(each["Condition"])
        }

    def _holds(self, name: str) -> bool:
        return self._true(self._template["Conditions"][name])

    def _true(self, condition: Json) -> bool:
        match condition:
            case {"Fn::Equals": [left, right]}:
                return bool(self._resolve(left) == self._resolve(right))
            case {"Condition": str(name)}:
                return self._holds(name)
            case {"Fn::Not": [one]}:
                return not self._true(one)
            case {"Fn::And": many}:
                return all(self._true(each) for each in many)
            case {"Fn::Or": many}:
                return any(self._true(each) for each in many)
        raise ValueError(f"{condition} is no condition")

    def _resolve(self, node: Any) -> Any:
        match node:
            case {"Ref": str(name)}:
                return self._values.get(name, f"${{{name}}}")
            case {"Fn::GetAtt": [name, attribute]}:
                return f"${{{name}.{attribute}}}"
            case {"Fn::Sub": str(text)}:
                return self._sub(text, {})
            case {"Fn::Sub": [text, values]}:
                return self._sub(text, self._resolve(values))
            case {"Fn::If": [name, then, otherwise]}:
                return self._resolve(then if self._holds(name) else otherwise)
            case dict():
                found = {key: self._resolve(each) for key, each in node.items()}
                return {key: each for key, each in found.items() if each is not None}
            case list():
                return [each for each in map(self._resolve, node) if each is not None]
        return node

    def _sub(self, text: str, values: Mapping[str, Any]) -> str:
        known = {**self._values, **values}
        return re.sub(
            r"\$\{([A-Za-z0-9:.]+)\}",
            lambda match: str(known.get(match[1], match[0])),
            text,
        )


def of_type(resources: Mapping[str, Json], kind: str) -> dict[str, Json]:
    """The properties of every resource of `AWS::` this kind, by logical id."""
    return {
        name: each["Properties"]
        for name, each in resources.items()
        if each["Type"] == f"AWS::{kind}"
    }


def statements(policy: Json) -> list[Json]:
    found = policy["Statement"]
    return found if isinstance(found, list) else [found]


def listed(value: Any) -> list[Any]:
    """IAM and CloudFormation take one value for a list of one."""
    return value if isinstance(value, list) else [value]


def write(template: Json, file: Path) -> Path:
    file.write_text(json.dumps(template))
    return file
