"""The parity of a stage: how its API differs from what the local gateway claims about AWS."""

import http.client
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from infra.aws.account import Account, StackError
from infra.aws.outputs import outputs
from infra.aws.stage import Stage
from infra.deploy.served import live_contract
from infra.gateway.claims import Answer, Probe, probes
from service.contract.model import Contract

_SECONDS = 35
"""API Gateway itself gives up after 29."""


@dataclass(frozen=True)
class Outcome:
    """The result for one claim. A claim without a source is merely plausible."""

    claim: str
    source: str
    request: str
    differences: list[str]


def parity(account: Account, stage: Stage) -> list[Outcome]:
    """The result for every claim about the live contract. Raises StackError."""
    return asked(outputs(account, stage)["ApiUrl"], live_contract(account, stage))


def asked(api: str, contract: Contract) -> list[Outcome]:
    """The result for every claim about an API at an address. Raises StackError."""
    return [_outcome(urlsplit(api), probe) for probe in probes(contract)]


def told(outcomes: list[Outcome]) -> str:
    """Readable lines: what differs, and how many claims hold."""
    lines = []
    for each in outcomes:
        if each.differences:
            lines += [f"DIFFERS  {each.claim}", f"         {each.request}"]
            lines += [f"         {difference}" for difference in each.differences]
            lines.append(f"         {each.source or 'No source.'}")
    agreeing = sum(not each.differences for each in outcomes)
    return "\n".join([*lines, f"{agreeing} of {len(outcomes)} claims hold."]) + "\n"


def _outcome(api: SplitResult, probe: Probe) -> Outcome:
    request = f"{probe.method} {probe.target}"
    return Outcome(probe.claim, probe.source, request, probe.differences(_answer(api, probe)))


def _answer(api: SplitResult, probe: Probe) -> Answer:
    """The response. The target is sent unchanged: no library may tidy its slashes."""
    kind = http.client.HTTPSConnection if api.scheme == "https" else http.client.HTTPConnection
    connection = kind(api.netloc, timeout=_SECONDS)
    try:
        connection.request(probe.method, api.path + probe.target, probe.body, dict(probe.headers))
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise StackError(
            f"The API does not answer {probe.method} {probe.target}: {error!r} Check that the stage"
            " is up with `todo-api outputs`, and run the command again."
        ) from error
    finally:
        connection.close()
