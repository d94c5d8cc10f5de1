"""botocore's data, cut to what the function reads: a third of a cold start is to read it whole.

Endpoints of DynamoDB in every partition, five operations without their documentation, and of the
certificates those that DynamoDB's chains end in. What is cut is made from what botocore brings, so
that a new region or root comes with a new botocore.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

AMAZON_ROOTS = "amazon-roots.pem"
"""The name by which the client looks for it, beside botocore's bundle."""

OPERATIONS = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
"""What the service calls; any other is no method of a client in Lambda."""

_SERVICE = "data/dynamodb/2012-08-10"

_AS_THEY_ARE = (
    "data/partitions.json",  # with the next one it finds an endpoint of the account, if asked to
    f"{_SERVICE}/endpoint-rule-set-1.json.gz",
    "data/sdk-default-configuration.json",
)

_ROOT = re.compile(
    r"^# Subject: (CN=Amazon Root CA|.*\bStarfield\b).*\n(?:#.*\n)*"
    r"(-----BEGIN CERTIFICATE-----\n(?:.*\n)*?-----END CERTIFICATE-----\n)",
    re.MULTILINE,
)


def cut(botocore: Path) -> Mapping[str, bytes]:
    """The files below botocore's folder that the function needs of its data, by name."""
    endpoints = orjson.loads((botocore / "data/endpoints.json").read_bytes())
    service = gzip.decompress((botocore / _SERVICE / "service-2.json.gz").read_bytes())
    return {
        "data/endpoints.json": orjson.dumps(endpoints_of(endpoints, "dynamodb")),
        f"{_SERVICE}/service-2.json": orjson.dumps(service_of(orjson.loads(service))),
        AMAZON_ROOTS: roots_of((botocore / "cacert.pem").read_text("utf-8")).encode(),
        **{name: (botocore / name).read_bytes() for name in _AS_THEY_ARE},
    }


def endpoints_of(endpoints: Mapping[str, Any], service: str) -> dict[str, Any]:
    """Of every partition the endpoints of one service."""
    partitions = [
        {
            **partition,
            "regions": {name: {} for name in partition["regions"]},
            "services": {service: partition["services"][service]},
        }
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def service_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """A service's model with the five operations and the shapes that these reach."""
    operations = {name: service["operations"][name] for name in OPERATIONS}
    shapes: dict[str, Any] = {}
    reached = list(_shapes(operations))
    while reached:
        name = reached.pop()
        if name not in shapes:
            shapes[name] = service["shapes"][name]
            reached += _shapes(shapes[name])
    bare = _undocumented({"operations": operations, "shapes": shapes})
    return {"version": service["version"], "metadata": service["metadata"], **bare}


def roots_of(bundle: str) -> str:
    """Amazon's own roots, and those of Starfield that it used before.

    Source: Amazon Trust Services, "Repository".
    """
    return "".join(found[2] for found in _ROOT.finditer(bundle))


def _shapes(model: Any) -> Iterator[str]:
    if isinstance(model, dict):
        if isinstance(model.get("shape"), str):
            yield model["shape"]
        for each in model.values():
            yield from _shapes(each)
    elif isinstance(model, list):
        for each in model:
            yield from _shapes(each)


def _undocumented(model: Any) -> Any:
    """Without documentation, but not without a member of that name, which is an object."""
    if isinstance(model, list):
        return [_undocumented(each) for each in model]
    if not isinstance(model, dict):
        return model
    return {
        name: _undocumented(each)
        for name, each in model.items()
        if name != "documentation" or isinstance(each, dict)
    }
