"""A sign-in on a port of its own, with the site of no contract beside it."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from infra.gateway.import_document import import_document
from infra.gateway.local import Gateway
from infra.serve import server as http_server
from infra.sign_in.prefix import DISCOVERY
from infra.sign_in.sign_in import SignIn
from infra.sign_in.sign_in_request import Application
from infra.sign_in.signing_key import SigningKey, kept_key
from tests.contracts import LIBRARY, load
from tests.people import Door

CLIENT = "library"
SCOPES = frozenset({"books/read", "books/write"})


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    folder: Path = tmp_path_factory.mktemp("data")
    return kept_key(folder / "identity.json")


def _nobody_asks(*_: object) -> NoReturn:
    raise AssertionError


@pytest.fixture(scope="package")
def door(key: SigningKey) -> Iterator[Door]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    application = Application(CLIENT, SCOPES, (f"{url}/",))
    sign_in = SignIn(key, f"{url}/sign-in", application, "Library <1>")
    document = import_document(load(LIBRARY))
    server = http_server(Gateway(_nobody_asks, document, {}, sign_in=sign_in.answers))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Door(url, CLIENT, f"/sign-in{DISCOVERY}")
    server.should_exit = True
    thread.join(300)
