"""The programs that clients in TypeScript, Java and Go are generated, compiled and run by.

Node.js comes with the project, openapi-generator and Go from PyPI (`make clients` installs them
into `.venv/generators`), npm's packages from `locks/npm-clients`. A JDK has to be there.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.clients.python import WALKS, run

GENERATORS = Path(sys.prefix) / "generators"
MODULES = GENERATORS / "node_modules"
NODE = Path(sys.prefix) / "node" / "bin" / "node"
JAVAC = shutil.which("javac")
JAVA_MISSING = (
    "openapi-generator needs a JDK (Debian, Ubuntu: apt-get install default-jdk-headless)"
)

OPEN = "disallowAdditionalPropertiesIfNotPresent=false"
"""Without it clients in Java and Go refuse the first property that is added later."""


def openapi_generator(language: str, contract: Path, folder: Path, *more: str) -> Path:
    """The folder of a client in a language, as openapi-generator calls it."""
    properties = ",".join([OPEN, "hideGenerationTimestamp=true", *more])
    run(GENERATORS / "bin" / "openapi-generator-cli", "generate", "--input-spec", contract,
        "--generator-name", language, "--output", folder,
        "--additional-properties", properties)  # fmt: skip
    return folder


def node(program: str, *arguments: str | Path) -> None:
    """Run a program of an npm package."""
    run(NODE, MODULES / program, *arguments)


def walk(walk: str, folder: Path, url: str, shape: dict[str, Any]) -> None:
    """Compile a walk in TypeScript, with the client in `folder/generated`, and run it.

    Walks speak of to-dos; for another collection they get its names.
    """
    one, many = shape["one"], shape["many"]
    for name in ("walk", walk):
        text = (WALKS / f"{name}.ts").read_text("utf-8")
        for old, new in (("todos", many), ("Todos", many.capitalize()), ("todo", one)):
            text = text.replace(old, new)
        (folder / f"{name}.ts").write_text(text.replace("Todo", one.capitalize()), "utf-8")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "package.json").write_text("{}")
    options = {
        "strict": True, "skipLibCheck": True, "target": "ES2022",
        "lib": ["ES2022", "DOM", "DOM.Iterable"], "module": "node16", "outDir": "compiled",
        "types": ["node"], "esModuleInterop": True,
    }  # fmt: skip
    config = {"compilerOptions": options, "files": [f"{walk}.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(config))
    node("typescript/bin/tsc", "--project", folder)
    run(NODE, folder / "compiled" / f"{walk}.js", url, json.dumps(shape))


def compile_java(folder: Path) -> None:
    """The generator's own jar has the libraries that its clients need, but for one annotation."""
    assert JAVAC
    stub = folder / "javax" / "annotation" / "Generated.java"
    stub.parent.mkdir(parents=True)
    stub.write_text(
        "package javax.annotation;\npublic @interface Generated { String[] value();"
        ' String date() default ""; String comments() default ""; }\n'
    )
    (jar,) = GENERATORS.glob("lib/python*/site-packages/openapi_generator_cli/*.jar")
    sources = [*(folder / "src" / "main").rglob("*.java"), stub]
    run(JAVAC, "-d", folder / "classes", "-classpath", jar, *sources)


def compile_go(folder: Path) -> None:
    """Without a network: it needs nothing but Go's own library."""
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [GENERATORS / "bin" / "go", "build", "./..."], cwd=folder, env=environment, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
