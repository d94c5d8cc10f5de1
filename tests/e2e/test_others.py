"""Contracts of others on AWS: one with every trait, and a stranger's with a function beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli import main
from tests.contracts import STRANGER, TRAITS
from tests.e2e.cloud import Cloud
from tests.e2e.leftovers import left_clean

STAGE = "others"
TAUGHT = """from service.functions import Items


def teach_parrot(parrot_id: str, body: dict[str, str], parrots: Items) -> dict[str, str]:
    return {"says": parrots.update(parrot_id, {"says": body["word"]})["says"]}
"""


@pytest.fixture
def cloud(strict_ministack: str) -> Iterator[Cloud]:
    with left_clean(strict_ministack, STAGE) as cloud:
        yield cloud


def test_every_trait_is_deployed(cloud: Cloud) -> None:
    api = cloud.deploy(STAGE, TRAITS, "--page", "off")["outputs"]["ApiUrl"]
    made = cloud.ask("POST", f"{api}/cars", {"make": "Saab", "colour": "red"})
    car = f"{api}/cars/{made.json['id']}"
    assert cloud.ask("PUT", car, {"make": "Volvo", "colour": "blue"}).status == 204
    patched = cloud.ask("PATCH", car, {"doors": 2})
    assert (patched.json["make"], patched.json["doors"]) == ("Volvo", 2)
    assert [each["id"] for each in cloud.ask("GET", f"{api}/cars?colour=blue").json] == [
        made.json["id"]
    ]
    assert cloud.ask("GET", f"{api}/cars?colour=red").json == []
    task = cloud.ask("POST", f"{api}/tasks", {"title": "Paint"}).json["task"]
    assert cloud.ask("GET", f"{api}/tasks/{task['id']}").json == {"task": task}
    assert cloud.ask("POST", f"{api}/notes", {"text": "Oil"}).status == 204
    assert len(cloud.ask("GET", f"{api}/notes").json["notes"]) == 1
    assert cloud.ask("DELETE", car).status == 202


def test_a_strangers_contract_is_deployed_with_its_function(cloud: Cloud, tmp_path: Path) -> None:
    contract = tmp_path / "parrots.yaml"
    contract.write_text(STRANGER.read_text("utf-8"), "utf-8")
    assert main(["complete", str(contract), "--write"]) == 0
    contract.with_suffix(".py").write_text(TAUGHT, "utf-8")
    api = cloud.deploy(STAGE, contract, "--page", "off")["outputs"]["ApiUrl"]
    assert cloud.ask("POST", f"{api}/parrots", {"name": "Polly"}).status == 201
    (parrot,) = cloud.ask("GET", f"{api}/parrots").json
    path = f"{api}/parrots/{parrot['id']}"
    assert cloud.ask("POST", f"{path}/teach", {"word": "hello"}).json == {"says": "hello"}
    assert cloud.ask("GET", path).json == {**parrot, "says": "hello"}
