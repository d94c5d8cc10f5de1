"""Clients in Python that others generate from the contracts, unchanged, do what they promise."""

from pathlib import Path

from tests.clients.conftest import Api
from tests.clients.python import (
    BIN,
    command_of_readme,
    datamodel_code_generator,
    openapi_python_client,
    run,
    walk,
)


def test_a_client_of_openapi_python_client_walks_the_api(api: Api, tmp_path: Path) -> None:
    package = openapi_python_client(api.contract, tmp_path)
    walk("openapi_python_client", "generated", api.url, api.shape, package)


def test_models_of_datamodel_code_generator_read_what_is_answered(api: Api, tmp_path: Path) -> None:
    models = datamodel_code_generator(api.contract, tmp_path)
    walk("models", str(models), api.url, api.shape, models)


def test_old_clients_walk_an_api_that_has_grown(grown: Api, tmp_path: Path) -> None:
    package = openapi_python_client(grown.contract, tmp_path)
    walk("openapi_python_client", "generated", grown.url, grown.shape, package)
    models = datamodel_code_generator(grown.contract, tmp_path)
    walk("models", str(models), grown.url, grown.shape, models)


def test_the_command_of_the_readme_makes_a_client_that_walks_the_api(
    todos: Api, tmp_path: Path
) -> None:
    """It runs the locked version in place of the newest, which `uvx` would fetch."""
    program, *words = command_of_readme("uvx", todos.url)
    run(BIN / program, *words, folder=tmp_path)
    (project,) = tmp_path.iterdir()
    (package,) = [each.parent.name for each in project.glob("*/client.py")]
    walk("openapi_python_client", package, todos.url, todos.shape, project)
