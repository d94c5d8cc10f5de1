"""The client signs and sends as botocore would, and leaves to botocore what that alone can do."""

import json
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from shutil import copy
from socket import SHUT_RDWR
from threading import Event
from typing import TYPE_CHECKING, Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    SSLError,
)
from hypothesis import given
from hypothesis import strategies as st

from service.stores.connections import AMAZON_ROOTS
from service.stores.signature import signed
from tests.certificates import Authority, authority
from tests.engines import patient_client
from tests.stores.wire import client_of, serving

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.usefixtures("aws_environment")

KEY: Any = {"id": {"S": "1"}}
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """An engine that notes the headers of each request, and answers as it is told."""

    protocol_version = "HTTP/1.1"
    seen: list[dict[str, str]]
    answer: Answer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({name.lower(): value for name, value in self.headers.items()})
        self.seen[-1]["target"] = self.path
        type(self).answer(self)

    def reply(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


class Engine:
    """Where it is, and what it was sent."""

    def __init__(self, endpoint: str, seen: list[dict[str, str]]) -> None:
        self.endpoint = endpoint
        self.seen = seen

    @property
    def signers(self) -> list[str]:
        """The access key of each request, and its headers that are signed."""
        return [each["authorization"] for each in self.seen]


def nothing(handler: Handler) -> None:
    handler.reply(200, "{}")


@contextmanager
def engine(answer: Answer = nothing, context: ssl.SSLContext | None = None) -> Iterator[Engine]:
    seen: list[dict[str, str]] = []
    made = type("Made", (Handler,), {"seen": seen, "answer": answer})
    with serving(made, context) as endpoint:
        yield Engine(endpoint, seen)


def get(endpoint: str | None) -> dict[str, Any]:
    """One call of a client of its own."""
    with client_of(endpoint) as client:
        return dict(client.get_item(TableName="Items", Key=KEY))


texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
values = st.lists(texts, min_size=1).map("  ".join)
names = st.from_regex("[a-z][a-z-]{0,9}", fullmatch=True).map("X-Amz-{}".format)


@given(
    headers=st.dictionaries(names, values, max_size=4),
    body=st.binary(),
    host=st.sampled_from(["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000", "[::1]:1"]),
    region=st.sampled_from(["eu-central-1", "us-gov-west-1"]),
    credentials=st.builds(ReadOnlyCredentials, texts, texts, st.none() | texts),
)
def test_the_signature_is_that_of_botocore(
    headers: dict[str, str], body: bytes, host: str, region: str, credentials: ReadOnlyCredentials
) -> None:
    ours = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "User-Agent": "todo-api", **headers}
    ours = {name: value for name, value in ours.items() if name not in OWN}
    sent = signed([*ours.items(), ("Content-Length", "0")], host, body, region, credentials)
    request = AWSRequest("POST", f"http://{host}/", {**ours, "Host": host}, body)
    with pytest.MonkeyPatch.context() as patch:
        when = datetime.strptime(sent["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        patch.setattr(botocore.auth, "get_current_datetime", lambda: when)
        botocore.auth.SigV4Auth(credentials, "dynamodb", region).add_auth(request)
    assert sent["authorization"] == request.headers["Authorization"]


OWN = ("X-Amz-date", "X-Amz-security-token")


def test_every_region_signs_for_itself() -> None:
    """Also where it has another name than what is to be signed."""
    with engine() as there:
        for region in ("eu-central-1", "cn-north-1", "fips-us-east-1"):
            client = patient_client(there.endpoint, region)
            client.get_item(TableName="Items", Key=KEY)
            client.close()
    regions = [signer.split("/")[2] for signer in there.signers]
    assert regions == ["eu-central-1", "cn-north-1", "us-east-1"]


def test_connections_are_kept() -> None:
    ports = set()

    def note(handler: Handler) -> None:
        ports.add(handler.client_address[1])
        nothing(handler)

    with engine(note) as there, client_of(there.endpoint) as client:
        for _ in range(3):
            client.get_item(TableName="Items", Key=KEY)
    assert len(ports) == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_connection_that_was_closed_meanwhile_costs_no_attempt(told: bool) -> None:
    """Lambda may freeze for longer than DynamoDB keeps a connection."""

    closed = Event()

    def close(handler: Handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        if told:
            handler.send_header("Connection", "close")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")
        handler.connection.shutdown(SHUT_RDWR)
        closed.set()

    with engine(close) as there, client_of(there.endpoint) as client:
        for _ in range(3):
            answer = client.get_item(TableName="Items", Key=KEY)
            assert answer["ResponseMetadata"]["RetryAttempts"] == 0
            assert closed.wait(300)
            closed.clear()


def test_each_attempt_is_signed_anew_with_the_credentials_of_that_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SnapStart hands them out under an address, and they expire."""
    handed: list[str] = []

    class Agent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handed.append(f"KEY{len(handed)}")
            soon = datetime.now(UTC) + timedelta(minutes=5)  # so old that they must be refreshed
            body = json.dumps(
                {
                    "AccessKeyId": handed[-1],
                    "SecretAccessKey": "secret",
                    "Token": "token",
                    "Expiration": soon.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with serving(Agent) as agent, engine(lambda handler: handler.reply(500, "{}")) as there:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{agent}/v1")
        with pytest.raises(ClientError):
            get(there.endpoint)
    keys = [signer.split("=")[1].split("/")[0] for signer in there.signers]
    assert len(keys) == 3
    assert len({*keys}) == 3
    assert {*keys} <= {*handed}


def test_missing_credentials_are_botocores_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with engine() as there, pytest.raises(NoCredentialsError):
        get(there.endpoint)
    assert there.seen == []


def test_credentials_that_no_header_can_hold_are_no_bug_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "one line\nand another")
    with engine() as there, pytest.raises(HTTPClientError):
        get(there.endpoint)
    assert there.seen == []


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(EndpointConnectionError, match=r"nowhere\.invalid"):
        get("http://nowhere.invalid")


def test_an_answer_that_ends_too_early_is_asked_for_again() -> None:
    def cut(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "9")
        handler.end_headers()
        handler.wfile.write(b"{}")
        handler.close_connection = True

    with engine(cut) as there, pytest.raises(HTTPClientError):
        get(there.endpoint)
    assert len(there.seen) == 3


# -- where botocore signs and sends ------------------------------------------------------------


def test_a_proxy_is_gone_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with engine() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.endpoint)
        monkeypatch.setenv("NO_PROXY", "")
        get("http://dynamodb.invalid")
    assert proxy.seen[0]["target"] == "http://dynamodb.invalid/"
    assert proxy.signers[0].startswith("AWS4-HMAC-SHA256 Credential=test/")


def test_an_endpoint_below_a_path_is_signed_for() -> None:
    with engine() as there:
        get(f"{there.endpoint}/some where")
    assert there.seen[0]["target"] == "/some%20where"
    assert there.signers[0].startswith("AWS4-HMAC-SHA256 Credential=test/")


def test_an_endpoint_of_the_account_is_used_if_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "required")
    monkeypatch.setenv("AWS_ACCOUNT_ID", "123456789012")
    sent: list[Any] = []

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield b"{}"

    def answer(request: Any, **_: Any) -> Any:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Raw())  # type: ignore[arg-type]

    with client_of(None) as client:
        client.meta.events.register("before-send.dynamodb", answer)
        client.get_item(TableName="Items", Key=KEY)
    assert sent[0].url == "https://123456789012.ddb.eu-central-1.amazonaws.com/"
    assert sent[0].headers["Authorization"]


# -- TLS ---------------------------------------------------------------------------------------


@pytest.fixture
def trusted(tmp_path: Path) -> Authority:
    return authority(tmp_path)


@pytest.fixture
def bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what stands for botocore's bundle, which trusts nobody yet."""
    folder = tmp_path / "bundles"
    folder.mkdir()
    monkeypatch.setattr("botocore.httpsession.where", lambda: str(folder / "cacert.pem"))
    monkeypatch.setattr("service.stores.connections.DEFAULT_CA_BUNDLE", str(folder / "cacert.pem"))
    other = tmp_path / "other"
    other.mkdir()
    for name in ("cacert.pem", AMAZON_ROOTS):
        copy(authority(other).root, folder / name)
    return folder


def test_the_short_bundle_is_enough_where_the_chain_ends_in_it(
    trusted: Authority, bundles: Path
) -> None:
    copy(trusted.root, bundles / AMAZON_ROOTS)
    with engine(context=trusted.context()) as there:
        get(there.endpoint)
    assert len(there.seen) == 1


def test_the_whole_bundle_is_taken_once_and_from_then_on(
    trusted: Authority, bundles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def close(handler: Handler) -> None:
        handler.close_connection = True
        nothing(handler)

    copy(trusted.root, bundles / "cacert.pem")
    with engine(close, trusted.context()) as there, client_of(there.endpoint) as client:
        for _ in range(3):
            answer = client.get_item(TableName="Items", Key=KEY)
            assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    assert [each.levelno for each in caplog.records if AMAZON_ROOTS in each.message] == [
        logging.WARNING
    ]


def test_a_package_without_the_short_bundle_uses_the_whole(
    trusted: Authority, bundles: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (bundles / AMAZON_ROOTS).unlink()
    copy(trusted.root, bundles / "cacert.pem")
    with engine(context=trusted.context()) as there:
        get(there.endpoint)
    assert caplog.records == []


@pytest.mark.usefixtures("bundles")
def test_a_certificate_of_nobody_is_refused(trusted: Authority) -> None:
    with engine(context=trusted.context()) as there, pytest.raises(SSLError):
        get(there.endpoint)
    assert there.seen == []


def test_a_certificate_of_another_host_is_refused(bundles: Path, tmp_path: Path) -> None:
    other = authority(tmp_path, "127.0.0.2")
    for bundle in bundles.iterdir():
        copy(other.root, bundle)
    with engine(context=other.context()) as there, pytest.raises(SSLError):
        get(there.endpoint)
    assert there.seen == []


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.usefixtures("bundles")
def test_a_bundle_that_is_configured_is_the_one_that_counts(
    trusted: Authority, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(trusted.root))
    with engine(context=trusted.context()) as there:
        get(there.endpoint)
    assert there.signers[0].startswith("AWS4-HMAC-SHA256 Credential=test/")
