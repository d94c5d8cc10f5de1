"""This service as Lambda has it: the zip's own handler, and nothing imported before it."""

from tests.benchmarks.cases import Handler


def whole() -> Handler:
    from service.lambda_function import handler  # builds all of it, as in Lambda

    return handler
