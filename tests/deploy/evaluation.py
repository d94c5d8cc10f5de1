"""What policies come to, evaluated by the engine that stands in for AWS, in its interpreter."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_PYTHON = Path(sys.prefix) / "ministack" / "bin" / "python"

_PROGRAM = """
import json, sys
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

asked = json.load(sys.stdin)
policies = [parse_policy_document(json.dumps(asked["policy"]))]
user = dict(
    principal_arn="arn:aws:iam::111122223333:user/deployer", principal_type="User",
    principal_account="111122223333", region="eu-central-1",
)
json.dump([
    evaluate(EvalContext(
        action=each["action"], resource_arn=each["resource"],
        service_context={key.lower(): value for key, value in each["keys"].items()}, **user,
    ), policies).decision == "Allow"
    for each in asked["requests"]
], sys.stdout)
"""


@dataclass(frozen=True)
class Request:
    """A request as IAM sees it: an action, a resource, and the keys that conditions ask for."""

    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)


def decisions(statements: Sequence[Mapping[str, Any]], requests: Sequence[Request]) -> list[bool]:
    """Whether each request is allowed by the statements, and by nothing else."""
    policy = {"Version": "2012-10-17", "Statement": statements}
    asked = {"policy": policy, "requests": [asdict(each) for each in requests]}
    done = subprocess.run(
        [_PYTHON, "-c", _PROGRAM], input=json.dumps(asked), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[bool] = json.loads(done.stdout)
    return told
