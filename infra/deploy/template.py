"""The template: `infra/template.yaml`, filled in with what the contract decides.

The extras are merged into it, section by section, and if the contract asks for people or keys, so
are the other templates beside it: an open contract has none of their resources.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from infra.gateway.import_document import import_document
from service.contract.document import ContractError
from service.contract.model import Contract
from service.contract.security import PersonScheme
from service.stores.layout import attribute_definitions, index_definitions, index_names

FILE = Path(__file__).parent.parent / "template.yaml"
_EXTRAS = FILE.with_name("template-extras.yaml")
_POOL = FILE.with_name("template-pool.yaml")
_SIGN_IN = FILE.with_name("template-sign-in.yaml")
_KEYS = FILE.with_name("template-keys.yaml")

Json = dict[str, Any]

MOST_BYTES = 1_000_000
"""The most bytes of a template in a bucket. AWS: CloudFormation quotas (read 2026-11-26)."""

FUNCTION_SECONDS = 10
"""The Lambda function's timeout: one call to the table ends within 8 seconds."""

HAND_WRITTEN_SECONDS = 28
"""The timeout if functions make several calls, the last of which begins after 18 seconds at most.
API Gateway waits for 29."""

_OF_THE_STORE = ("PendingFilters", "Shards", "OtherShards")
"""The parameters that the function's environment passes on to its store."""

_HASH_DIGITS = 12
_LONG_ORIGIN = "https://".ljust(64, "o")


def render(
    contract: Contract,
    parameters: Mapping[str, str],
    indexes: Sequence[str],
    statements: Sequence[Json] = (),
    has_pool: bool = False,
) -> Json:
    """The template that CloudFormation gets together with these parameters.

    `indexes` are the indexes that the table should have, named as by `index_names`; `statements`
    are the IAM permissions of functions beyond the service's own; `has_pool` says that the stage
    already has people, who are kept even while its contract is open.
    The same arguments give the same template. Raises KeyError for a missing parameter.
    """
    person = contract.schemes.person
    template = _composed(person, contract.schemes.key is not None, has_pool)
    values = _values(template, parameters)
    resources = template["Resources"]
    resources["Api"]["Properties"]["Body"] = _body(contract, values["Origin"])
    resources["Table"] = _indexed(resources["Table"], indexes)
    resources["Function"]["Properties"]["Timeout"] = function_seconds(contract)
    if statements:
        policies = resources["FunctionRole"]["Properties"]["Policies"]
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        policies.append({"PolicyName": "functions", "PolicyDocument": document})
    imported = [resources["Api"]["Properties"]]
    if person:
        _sign_in(resources, person)
        imported.append(resources["UserPool"]["Properties"])
    hashes = {
        "ApiDeployment": _hash(*imported),
        "FunctionVersion": _version_hash(template, parameters),
    }
    names = {name: name + digits for name, digits in hashes.items()}
    return {**template, "Resources": _renamed(resources, names)}


def function_seconds(contract: Contract) -> int:
    """How long the Lambda function may take for a request."""
    return HAND_WRITTEN_SECONDS if contract.files else FUNCTION_SECONDS


def encoded(template: Json) -> bytes:
    """A template as CloudFormation reads it."""
    return json.dumps(template, ensure_ascii=False, separators=(",", ":")).encode()


def check_size(contract: Contract, imported: Json) -> None:
    """Raises ContractError for a contract whose template CloudFormation would not take.

    `imported` is what API Gateway imports of it.
    """
    if len(encoded(imported)) < MOST_BYTES // 2:
        return  # all else is much smaller, and reading it takes a while
    names = ("Stage", "TableName", "CodeBucket", "CodeKey", "Runtime")
    parameters = {**dict.fromkeys(names, ""), "Origin": _LONG_ORIGIN}
    size = len(encoded(render(contract, parameters, index_names(contract.filters))))
    if size > MOST_BYTES:
        raise ContractError(
            ("paths",),
            f"CloudFormation takes a template of {MOST_BYTES:,} bytes, and this would have"
            f" {size:,}.",
            "Split the contract, and deploy each part as a stage of its own.",
            "template-size",
        )


def with_indexes(template: Json, names: Sequence[str]) -> Json:
    """A rendered template with other indexes of its table, and no other change."""
    table = _indexed(template["Resources"]["Table"], names)
    return {**template, "Resources": {**template["Resources"], "Table": table}}


def with_code(template: Json, parameters: Mapping[str, str]) -> Json:
    """A rendered template, for parameters that differ only in the function's code."""
    names = {
        name: "FunctionVersion" + _version_hash(template, parameters)
        for name in template["Resources"]
        if name.startswith("FunctionVersion")
    }
    return {**template, "Resources": _renamed(template["Resources"], names)}


def alarms() -> dict[str, tuple[str, str]]:
    """The alarms of a stage by name: the namespace of each one's metrics, and its description."""
    found = {}
    for name, resource in _loaded(FILE)["Resources"].items():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            properties = resource["Properties"]
            watched = json.dumps(properties)
            namespace = next(each for each in _NAMESPACES if f'"{each}"' in watched)
            found[name] = namespace, " ".join(properties["AlarmDescription"].split())
    return found


_NAMESPACES = ("AWS/ApiGateway", "AWS/Lambda", "AWS/DynamoDB")


# -- what is inserted --------------------------------------------------------------------------


def _values(template: Json, parameters: Mapping[str, str]) -> dict[str, str]:
    """The value of every parameter of the template."""
    declared = template["Parameters"]
    defaults = {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
    given = {**defaults, **parameters}
    return {name: given[name] for name in declared}


def _body(contract: Contract, origin: str) -> Json:
    """The import document, with the title that the alarms use for the metrics of the API."""
    document = import_document(contract, origin)
    return document | {"info": document["info"] | {"title": {"Ref": "AWS::StackName"}}}


def _indexed(table: Json, names: Sequence[str]) -> Json:
    """A table with these indexes; CloudFormation refuses attributes that no key uses."""
    properties = {**table["Properties"], "AttributeDefinitions": attribute_definitions(names)}
    properties.pop("GlobalSecondaryIndexes", None)
    if names:
        properties["GlobalSecondaryIndexes"] = index_definitions(names)
    return {**table, "Properties": properties}


# -- signing in --------------------------------------------------------------------------------

_API = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
_DOMAIN = "https://todo-api-${Stage}-${AWS::AccountId}.auth.${AWS::Region}.amazoncognito.com"
"""The domain of the sign-in pages, as in `UserPoolDomain`."""

_MOST_DESCRIPTION = 256
"""Characters. AWS::Cognito::UserPoolResourceServer, ResourceServerScopeType."""


def _sign_in(resources: Json, person: PersonScheme) -> None:
    """Add what depends on the scopes, and on where people sign in."""
    servers = dict(_resource_servers(person))
    resources.update(servers)
    client = resources["UserPoolClient"]
    client["DependsOn"] = [*servers]  # Cognito refuses scopes that do not exist yet
    client["Properties"]["AllowedOAuthScopes"] = ["openid", "email", *person.scopes]
    resources["ApiStage"]["Properties"]["Variables"] = {"client": {"Ref": "UserPoolClient"}}
    headers = resources["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    policy = headers["SecurityHeadersConfig"]["ContentSecurityPolicy"]
    text = policy["ContentSecurityPolicy"]["Fn::Sub"]
    policy["ContentSecurityPolicy"] = {"Fn::Sub": text.replace(_API, f"{_API} {_DOMAIN}")}


def _resource_servers(person: PersonScheme) -> Iterator[tuple[str, Json]]:
    """One server for each prefix of the scopes before the last slash, by its logical id."""
    scopes: dict[str, list[Json]] = {}
    for scope, description in person.scopes.items():
        identifier, _, name = scope.rpartition("/")
        told = description[:_MOST_DESCRIPTION]
        scopes.setdefault(identifier, []).append({"ScopeName": name, "ScopeDescription": told})
    for identifier, of_it in scopes.items():
        properties = {
            "UserPoolId": {"Ref": "UserPool"},
            "Identifier": identifier,
            "Name": identifier,
            "Scopes": of_it,
        }
        resource = {"Type": "AWS::Cognito::UserPoolResourceServer", "Properties": properties}
        yield f"UserPoolResourceServer{_alphanumeric(identifier)}", resource


def _alphanumeric(identifier: str) -> str:
    """An identifier as a logical id; different identifiers never give the same one."""
    if re.fullmatch(r"[a-z0-9]{1,100}", identifier):
        return identifier.capitalize()
    return f"{re.sub('[^A-Za-z0-9]', '', identifier)[:100]}X{_hash(identifier)[:6]}"


# -- hashed logical ids ------------------------------------------------------------------------


def _version_hash(template: Json, parameters: Mapping[str, str]) -> str:
    """The hash of the properties and the parameters that make another version of the function.

    It must not depend on anything else: Lambda publishes no new version of an unchanged function,
    and CloudFormation would fail. `CodeKey` contains the hash of the zip.
    """
    values = _values(template, parameters)
    names = ("CodeKey", "Runtime", "Architecture", "SnapStart", "Tracing", "Origin", "TableName")
    # The template of an earlier release may lack some.
    given = {name: values.get(name) for name in (*names, *_OF_THE_STORE)}
    return _hash(template["Resources"]["Function"]["Properties"], given)


def _hash(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_HASH_DIGITS]


def _renamed(resources: Json, names: Mapping[str, str]) -> Json:
    return {names.get(name, name): _rewritten(each, names) for name, each in resources.items()}


def _rewritten(node: Any, names: Mapping[str, str]) -> Any:
    """The node with references to the new logical ids."""
    match node:
        case {"Ref": str(name)} if name in names:
            return {"Ref": names[name]}
        case {"Fn::GetAtt": [str(name), attribute]} if name in names:
            return {"Fn::GetAtt": [names[name], attribute]}
        case dict():
            return {key: _rewritten(each, names) for key, each in node.items()}
        case list():
            return [_rewritten(each, names) for each in node]
    return node


# -- YAML --------------------------------------------------------------------------------------


def _composed(person: PersonScheme | None, keys: bool, has_pool: bool) -> Json:
    """The template, merged with the other templates that are needed."""
    template = _loaded(FILE)
    asked = {
        _EXTRAS: True,
        _POOL: bool(person) or has_pool,
        _SIGN_IN: bool(person),
        _KEYS: keys,
    }
    for file in (file for file, is_asked in asked.items() if is_asked):
        for section, entries in _loaded(file).items():
            template[section] |= entries
    return template


def _loaded(file: Path) -> Json:
    template: Json = json.loads(_read(file))
    return template


@cache
def _read(file: Path) -> str:
    """The file as JSON, with every short form such as `!Ref` in its long form."""
    # Imported here: it takes a tenth of a second, and most commands deploy nothing.
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    class Constructor(SafeConstructor):
        pass

    def long_form(constructor: Any, suffix: str, node: Any) -> Json:
        match node:
            case ScalarNode():
                value: Any = constructor.construct_scalar(node)
            case SequenceNode():
                value = constructor.construct_sequence(node, deep=True)
            case MappingNode():
                value = constructor.construct_mapping(node, deep=True)
        if suffix == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}

    Constructor.add_multi_constructor("!", long_form)
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = Constructor
    return json.dumps(yaml.load(file))
