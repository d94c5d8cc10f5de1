"""What cfn-lint says of a template."""

import json

from cfnlint.api import ManualArgs, lint

from tests.deploy.templates import Json


def findings(template: Json) -> list[str]:
    """Hints included; it looks at every outcome of the conditions."""
    arguments = ManualArgs(regions=["eu-central-1"], include_checks=["I"])
    return [str(each) for each in lint(json.dumps(template), config=arguments)]
