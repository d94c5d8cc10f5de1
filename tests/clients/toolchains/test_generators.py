"""Clients of every language that others generate from the contracts, unchanged, compile; those in
Python and TypeScript walk the API, those of yesterday an API that has grown."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients import python
from tests.clients.conftest import Api
from tests.clients.python import command_of_readme
from tests.clients.toolchains.programs import (
    JAVA_MISSING,
    JAVAC,
    compile_go,
    compile_java,
    node,
    openapi_generator,
    walk,
)

needs_java = pytest.mark.skipif(JAVAC is None, reason=JAVA_MISSING)

Generate = Callable[[Path, Path], object]


def openapi_fetch(contract: Path, folder: Path) -> None:
    out = folder / "generated" / "schema.d.ts"
    node("openapi-typescript/bin/cli.js", contract, "--output", out)


def hey_api(contract: Path, folder: Path) -> None:
    config = {
        "input": str(contract),
        "output": str(folder / "generated"),
        "plugins": ["@hey-api/client-fetch", "@hey-api/typescript", "zod",
                    {"name": "@hey-api/sdk", "validator": True}],
    }  # fmt: skip
    file = folder / "openapi-ts.config.mjs"
    file.write_text(f"export default {json.dumps(config)};\n")
    node("@hey-api/openapi-ts/bin/run.js", "--file", file)


def typescript_fetch(contract: Path, folder: Path) -> None:
    openapi_generator("typescript-fetch", contract, folder / "generated")


IN_TYPESCRIPT = [
    pytest.param("openapi_fetch", openapi_fetch, id="openapi-fetch"),
    pytest.param("hey_api", hey_api, id="hey-api"),
    pytest.param("typescript_fetch", typescript_fetch, id="typescript-fetch", marks=needs_java),
]


@pytest.mark.parametrize(("name", "generate"), IN_TYPESCRIPT)
def test_a_client_in_typescript_compiles_and_walks_the_api(
    name: str, generate: Generate, api: Api, tmp_path: Path
) -> None:
    generate(api.contract, tmp_path)
    walk(name, tmp_path, api.url, api.shape)


@pytest.mark.parametrize(("name", "generate"), IN_TYPESCRIPT)
def test_an_old_client_in_typescript_walks_an_api_that_has_grown(
    name: str, generate: Generate, grown: Api, tmp_path: Path
) -> None:
    generate(grown.contract, tmp_path)
    walk(name, tmp_path, grown.url, grown.shape)


@needs_java
def test_a_client_of_openapi_generator_in_python_walks_the_api(api: Api, tmp_path: Path) -> None:
    package = openapi_generator("python", api.contract, tmp_path)
    python.walk("openapi_generator", "openapi_client", api.url, api.shape, package)


@needs_java
def test_an_old_client_of_openapi_generator_in_python_walks_an_api_that_has_grown(
    grown: Api, tmp_path: Path
) -> None:
    package = openapi_generator("python", grown.contract, tmp_path)
    python.walk("openapi_generator", "openapi_client", grown.url, grown.shape, package)


@needs_java
def test_a_client_in_java_compiles(api: Api, tmp_path: Path) -> None:
    client = openapi_generator(
        "java", api.contract, tmp_path, "library=native", "openApiNullable=false"
    )
    compile_java(client)


@needs_java
def test_a_client_in_go_compiles_and_takes_properties_that_come_later(
    api: Api, tmp_path: Path
) -> None:
    client = openapi_generator("go", api.contract, tmp_path, "withGoMod=true")
    compile_go(client)
    model = (client / f"model_{api.shape['one']}.go").read_text("utf-8")
    assert "DisallowUnknownFields" not in model


def test_the_command_of_the_readme_makes_types_that_compile(todos: Api, tmp_path: Path) -> None:
    """It runs the locked version in place of the newest, which `npx` would fetch."""
    program, *words, option, file = command_of_readme("npx", todos.url)
    assert (program, option) == ("openapi-typescript", "--output")
    node("openapi-typescript/bin/cli.js", *words, option, tmp_path / "generated" / "schema.d.ts")
    assert Path(file).suffixes == [".d", ".ts"]
    walk("openapi_fetch", tmp_path, todos.url, todos.shape)
