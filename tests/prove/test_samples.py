"""Samples are accepted by what they are made for, and what is refused is refused."""

from random import Random

import pytest

from infra.prove.samples import Samples
from service.contract.document import Document
from service.contract.model import Operation
from service.contract.rules import Rule
from service.contract.schemas import schema_at
from tests.contracts import ALL, load

BODIES = [
    (path.stem, operation)
    for path in ALL
    for operation in load(path).operations.values()
    if operation.bodies and operation.rule is Rule.CREATE
]
DOCUMENTS = {path.stem: load(path).document for path in ALL}


@pytest.mark.parametrize(("name", "operation"), BODIES, ids=lambda each: getattr(each, "id", each))
def test_bodies_are_accepted_and_differ(name: str, operation: Operation) -> None:
    samples = Samples(Random(1))
    (media_type, schema), *_ = operation.bodies.items()
    place = operation.body_places[media_type]
    made = [samples.body(DOCUMENTS[name], place, schema, {}) for _ in range(50)]
    assert all(map(schema.accepts, made))
    assert len({str(each) for each in made}) > 20
    refused = [samples.refused(schema, each) for each in made]
    assert all(each is not None and not schema.accepts(each) for each in refused)


def test_a_text_with_a_pattern_is_made_from_its_example() -> None:
    document = Document(
        {
            "body": {
                "type": "object",
                "required": ["code"],
                "properties": {
                    "code": {
                        "type": "string",
                        "pattern": "^[A-Z]{3}-[0-9]{4}$",
                        "example": "ABC-1234",
                    }
                },
            }
        }
    )
    samples, schema = Samples(Random(1)), schema_at(document, ("body",))
    made = {samples.body(document, ("body",), schema, {})["code"] for _ in range(20)}
    assert len(made) > 5
