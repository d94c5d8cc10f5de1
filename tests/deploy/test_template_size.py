"""The size of a template: CloudFormation takes 1,000,000 bytes."""

from pathlib import Path

import orjson
import pytest

from infra.check import Refused, check
from infra.deploy.template import MOST_BYTES, encoded
from tests.contracts.many import many
from tests.deploy.templates import PARAMETERS, rendered

LONG = {"Origin": "https://" + "o" * 56}


def written(collections: int, folder: Path) -> Path:
    """A contract of so many collections, in a file."""
    file = folder / f"{collections}.json"
    file.write_bytes(orjson.dumps(many(collections)))
    return file


def test_a_contract_whose_template_is_too_large_is_refused(tmp_path: Path) -> None:
    file = written(130, tmp_path)
    with pytest.raises(Refused) as caught:
        check(file)
    (fault,) = caught.value.faults
    assert "CloudFormation takes a template of 1,000,000 bytes" in fault.text
    assert "Split the contract" in fault.text


def test_118_collections_fit(tmp_path: Path) -> None:
    file = written(118, tmp_path)
    assert check(file)
    size = len(encoded(rendered({**PARAMETERS, **LONG}, file)))
    assert 0.9 * MOST_BYTES < size <= MOST_BYTES
