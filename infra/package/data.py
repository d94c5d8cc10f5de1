"""botocore's data, cut to what the function reads: reading all of it is a third of a cold start.

It has DynamoDB's endpoints in every partition, five operations without their documentation, and
only the root certificates of DynamoDB's chains. All of it is made from botocore's own data, so that
a new region or root comes with a new botocore.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

AMAZON_ROOTS = "amazon-roots.pem"
"""The name of the file that the client looks for beside botocore's bundle."""

OPERATIONS = ("DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
"""What the service calls; a client in Lambda has no methods for other operations."""

_SERVICE = "data/dynamodb/2012-08-10"

_AS_THEY_ARE = (
    "data/partitions.json",  # with the next one it finds an account's endpoint, if configured to
    f"{_SERVICE}/endpoint-rule-set-1.json.gz",
    "data/sdk-default-configuration.json",
)

_ROOT = re.compile(
    r"^# Subject: (CN=Amazon Root CA|.*\bStarfield\b).*\n(?:#.*\n)*"
    r"(-----BEGIN CERTIFICATE-----\n(?:.*\n)*?-----END CERTIFICATE-----\n)",
    re.MULTILINE,
)


def cut(botocore: Path) -> Mapping[str, bytes]:
    """The data files below botocore's folder that the function needs, by name."""
    endpoints = orjson.loads((botocore / "data/endpoints.json").read_bytes())
    service = gzip.decompress((botocore / _SERVICE / "service-2.json.gz").read_bytes())
    return {
        "data/endpoints.json": orjson.dumps(endpoints_of(endpoints, "dynamodb")),
        f"{_SERVICE}/service-2.json": orjson.dumps(service_of(orjson.loads(service))),
        AMAZON_ROOTS: roots_of((botocore / "cacert.pem").read_text("utf-8")).encode(),
        **{name: (botocore / name).read_bytes() for name in _AS_THEY_ARE},
    }


def endpoints_of(endpoints: Mapping[str, Any], service: str) -> dict[str, Any]:
    """The endpoints of one service in every partition."""
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
    """Amazon's own roots, and the Starfield roots that it used before.

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
    """The model without documentation; a member with that name, an object, is kept."""
    if isinstance(model, list):
        return [_undocumented(each) for each in model]
    if not isinstance(model, dict):
        return model
    return {
        name: _undocumented(each)
        for name, each in model.items()
        if name != "documentation" or isinstance(each, dict)
    }
