"""What the zip has of botocore's data leads where all of it leads."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import botocore
import orjson
import pytest
from botocore.exceptions import EndpointVariantError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from cryptography import x509

from infra.package.data import AMAZON_ROOTS, OPERATIONS, cut
from service.stores import connections
from tests.least_privilege import role_allows

FOLDER = Path(botocore.__file__).parent
KEPT = cut(FOLDER)
WHOLE: dict[str, Any] = orjson.loads((FOLDER / "data/endpoints.json").read_bytes())
REGIONS = sorted({region for part in WHOLE["partitions"] for region in part["regions"]})
PSEUDO = sorted(
    {name for part in WHOLE["partitions"] for name in part["services"]["dynamodb"]["endpoints"]}
    - {*REGIONS}
)
NEW = ["eu-west-9", "cn-south-1", "us-gov-north-1", "mars-north-1"]


def endpoint(data: Any, region: str, dualstack: bool, fips: bool) -> Any:
    """Where a client of the region goes, with what it signs for; or why it cannot."""
    resolver = EndpointResolver(orjson.loads(orjson.dumps(data)))
    try:
        return resolver.construct_endpoint(
            "dynamodb", region, use_dualstack_endpoint=dualstack, use_fips_endpoint=fips
        )
    except EndpointVariantError as error:
        return str(error)


@pytest.mark.parametrize(
    ("region", "dualstack", "fips"),
    product([*REGIONS, *PSEUDO, *NEW], [False, True], [False, True]),
)
def test_every_region_resolves_to_the_same_host(region: str, dualstack: bool, fips: bool) -> None:
    """Those to come as well, by the pattern of their partition; and with FIPS, and dual-stack."""
    short = orjson.loads(KEPT["data/endpoints.json"])
    assert endpoint(short, region, dualstack, fips) == endpoint(WHOLE, region, dualstack, fips)


def test_the_operations_are_those_that_the_role_allows() -> None:
    assert {f"dynamodb:{name}" for name in OPERATIONS} == {action for action, _ in role_allows()}


def test_an_operation_is_as_botocore_describes_it_but_for_words(tmp_path: Path) -> None:
    for name, content in KEPT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    ours = Loader([str(tmp_path / "data")], include_default_search_paths=False)
    short = ours.load_service_model("dynamodb", "service-2")
    whole = Loader().load_service_model("dynamodb", "service-2")
    assert short["metadata"] == whole["metadata"]
    for name in OPERATIONS:
        assert short["operations"][name] == bare(whole["operations"][name])
    for name, shape in short["shapes"].items():
        assert shape == bare(whole["shapes"][name])
    assert {*named(short["operations"]), *named(short["shapes"])} <= short["shapes"].keys()


def bare(model: Any) -> Any:
    if isinstance(model, list):
        return [bare(each) for each in model]
    if isinstance(model, dict):
        return {
            key: bare(each)
            for key, each in model.items()
            if not (key == "documentation" and isinstance(each, str))
        }
    return model


def named(model: Any) -> Iterator[str]:
    text = orjson.dumps(model).decode()
    yield from re.findall(r'"shape":"(\w+)"', text)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of a root that is nobody's here
def test_the_short_bundle_has_the_seven_roots_of_amazon_as_botocore_has_them() -> None:
    roots = x509.load_pem_x509_certificates(KEPT[AMAZON_ROOTS])
    whole = x509.load_pem_x509_certificates((FOLDER / "cacert.pem").read_bytes())
    assert {*roots} <= {*whole}
    names = sorted(root.subject.rfc4514_string() for root in roots)
    assert [re.split(r",(?=C=|O=|L=)", name)[0].split("=")[1] for name in names] == [
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Root Certificate Authority - G2",
        "Starfield Services Root Certificate Authority - G2",
        "Starfield Class 2 Certification Authority",
    ]


def test_the_client_looks_for_the_short_bundle_by_its_name() -> None:
    assert connections.AMAZON_ROOTS == AMAZON_ROOTS
