"""Each test has an account of its own."""

from tests.accounts import account, quick_clients  # noqa: F401
from tests.engines import aws_environment, ministack  # noqa: F401
