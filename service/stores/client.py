"""The client of DynamoDB: botocore's, without the work that is most of the cost of a call.

All of this is done through hooks that botocore documents or offers to registered handlers: its
retries, their quota, its errors, credentials, profiles, regions and endpoints are left unchanged.
"""

import os
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import botocore.session
import orjson
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoCredentialsError, UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session
from botocore.utils import get_environ_proxies

from . import StoreUnavailable
from .connections import Connections, origin_of
from .signature import signed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CONNECT_SECONDS = 1.0
_READ_SECONDS = 1.5
_LAST_RETRY_SECONDS = 3.3
"""No retry begins after this: with two seconds of backoff (standard mode, second retry of
a throttled call), connecting and reading, a call ends within 7.8 seconds."""


def create_client(endpoint_url: str | None = None, region: str | None = None) -> "DynamoDBClient":
    """A client that gives up within 8 seconds. `AWS_ENDPOINT_URL` names another engine.

    It is made from botocore itself, as importing boto3 adds a tenth to a cold start. It skips what
    costs most of a call: signing and sending in a way that suits every service, evaluating the
    rules for endpoints, and walking every attribute by the service's model, both ways.
    """
    session = botocore.session.get_session()
    by_account = session.get_config_variable("account_id_endpoint_mode") == "required"
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent="todo-api",
        account_id_endpoint_mode="required" if by_account else "disabled",
    )
    if not by_account:
        session.register_component("data_loader", _Loader())
    try:
        client = session.create_client(
            "dynamodb", region_name=region, endpoint_url=endpoint_url, config=config
        )
    except BotoCoreError as error:
        raise StoreUnavailable(f"No DynamoDB client: {error}") from error
    client.meta.events.register("provide-client-params.dynamodb", _set_aside)
    client.meta.events.register("before-call.dynamodb", _write)
    client.meta.events.register("before-parse.dynamodb", _parse)
    client.meta.events.register("before-call.dynamodb", _start_clock)
    client.meta.events.register_first("needs-retry.dynamodb", _refuse_late_retry)
    if not by_account and _is_plain(session, client.meta.endpoint_url):
        sender = _Sender(session, client.meta.endpoint_url)
        client.meta.events.register("choose-signer.dynamodb", sender.leave_unsigned)
        client.meta.events.register("before-send.dynamodb", sender.send)
    return cast("DynamoDBClient", client)


class _Loader(Loader):
    """Loads botocore's data without its rules for endpoints.

    Without them, botocore looks the endpoint up once, in its table of regions.
    """

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        if type_name == "endpoint-rule-set-1":
            raise UnknownServiceError(service_name=service_name, known_service_names="")
        return super().load_service_model(service_name, type_name, api_version)


def _is_plain(session: Session, endpoint: str) -> bool:
    """Whether a request goes directly to an endpoint, and its certificate is checked as usual.

    With any other configuration, botocore signs and sends requests itself. It takes a client
    certificate from a `Config` only, and the one above has none.
    """
    parts = urlsplit(endpoint)
    bare = parts.path in ("", "/") and not parts.query and parts.username is None
    bundle = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    trusted = parts.scheme == "http" or not bundle
    return bare and trusted and not get_environ_proxies(endpoint)


class _Sender:
    """Signs and sends each attempt of a call, instead of botocore's signer and urllib3."""

    def __init__(self, session: Session, endpoint: str) -> None:
        self._credentials = session.get_credentials()
        self._connections = Connections(_CONNECT_SECONDS, _READ_SECONDS)
        self._connections.prepare(origin_of(endpoint))

    def leave_unsigned(
        self, signature_version: str, region_name: str, context: dict[str, Any], **_: Any
    ) -> Any:
        """Keep botocore from signing, except with another signature than the usual one."""
        if signature_version != "v4":
            return None
        context[_REGION] = region_name
        return UNSIGNED

    def send(self, request: Any, **_: Any) -> Any:
        if _REGION not in request.context:
            return None
        if self._credentials is None:
            raise NoCredentialsError
        credentials = self._credentials.get_frozen_credentials()  # refreshed if they have expired
        region, netloc = request.context[_REGION], origin_of(request.url).netloc
        headers = signed(request.headers.items(), netloc, request.body, region, credentials)
        reply = self._connections.post(request.url, headers, request.body)
        return AWSResponse(request.url, reply.status, reply.headers, _Body(reply.body))


_REGION = "service.region"
"""The key, in a request's context, of the region that the sender is to sign for."""


class _Body:
    """A response body that has been read already, in the form that botocore expects."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _set_aside(params: dict[str, Any], context: dict[str, Any], **_: Any) -> Any:
    """Set the parameters aside: they are JSON already, so botocore has nothing to serialise."""
    context["parameters"] = params
    return {}


def _write(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    params["body"] = orjson.dumps(context["parameters"], default=_base64)


def _base64(binary: bytes) -> str:
    return b64encode(binary).decode("ascii")


def _parse(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Read a success with orjson: botocore would walk every attribute by the service's model.

    Errors and their details are left to botocore.
    """
    if response_dict["status_code"] == 200:
        customized_response_dict.update(orjson.loads(response_dict["body"]))
        response_dict["body"] = b""


def _start_clock(context: dict[str, Any], **_: Any) -> None:
    context["started"] = time.monotonic()


def _refuse_late_retry(
    request_dict: dict[str, Any], response: tuple[Any, Any] | None, **_: Any
) -> Any:
    """Keep a call within its time limit: botocore limits each attempt, not their sum.

    DynamoDB may ask for a pause (`x-amz-retry-after`) that is longer than the whole limit.
    """
    late = time.monotonic() - request_dict["context"]["started"] > _LAST_RETRY_SECONDS
    told_to_wait = response is not None and "x-amz-retry-after" in response[0].headers
    return False if late or told_to_wait else None
