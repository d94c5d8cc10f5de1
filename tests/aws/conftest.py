"""Each test has an account of its own."""

from tests.accounts import account, quick_clients, strict_account  # noqa: F401
from tests.engines import (  # noqa: F401
    aws_environment,
    ministack,
    strict,
    strict_ministack,
    strictness,
)
