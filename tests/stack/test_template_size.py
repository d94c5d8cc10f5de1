"""The size of a template: CloudFormation takes 1,000,000 bytes."""

import copy
import time
from pathlib import Path

import orjson
import pytest

from infra.check import Refused, check
from infra.stack.template import MOST_BYTES, encoded
from service.document import read
from tests.contracts import TODOS
from tests.stack.templates import PARAMETERS, rendered

LONG = {"Origin": "https://" + "o" * 56}


def repeated(times: int, tmp_path: Path) -> Path:
    """The to-do contract with its collection so many times."""
    data = read(TODOS).data
    paths, data["paths"] = data["paths"], {}
    for number in range(times):
        for path, declared in copy.deepcopy(paths).items():
            for operation in declared.values():
                operation["operationId"] += str(number)
            data["paths"][path.replace("/todos", f"/todos{number}")] = declared
    file = tmp_path / f"{times}.json"
    file.write_bytes(orjson.dumps(data))
    return file


def test_a_contract_whose_template_is_too_large_is_refused_at_once(tmp_path: Path) -> None:
    file = repeated(130, tmp_path)
    began = time.process_time()
    with pytest.raises(Refused) as caught:
        check(file)
    assert time.process_time() - began < 2
    (fault,) = caught.value.faults
    assert "CloudFormation takes a template of 1,000,000 bytes" in fault.text
    assert "Split the contract" in fault.text


def test_what_is_not_refused_fits(tmp_path: Path) -> None:
    file = repeated(115, tmp_path)
    assert check(file)
    size = len(encoded(rendered({**PARAMETERS, **LONG}, file)))
    assert 0.9 * MOST_BYTES < size <= MOST_BYTES
