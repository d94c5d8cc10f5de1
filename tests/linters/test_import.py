"""What cfn-lint says of a template that holds the import document."""

from pathlib import Path

import pytest

from tests.contracts import ALL, TODOS, load
from tests.contracts.closed import closed_contract
from tests.gateway.test_import import template
from tests.linters.cfn_lint import findings


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_cfn_lint_says_nothing_about_the_template(path: Path) -> None:
    assert findings(template(load(path))) == []


def test_cfn_lint_says_nothing_about_services_and_keys() -> None:
    assert findings(template(closed_contract("service", "key"))) == []


def test_cfn_lint_would_say_that_the_alias_is_missing() -> None:
    document = template(load(TODOS))
    for name in ("Alias", "Permission"):
        del document["Resources"][name]
    del document["Outputs"]["Alias"]
    assert any("Alias" in each for each in findings(document))
