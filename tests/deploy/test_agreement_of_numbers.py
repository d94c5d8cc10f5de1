"""What stands in two places is the same in both."""

import re
from typing import Any

import pytest

from infra.cli import main
from infra.deploy.template import FUNCTION_SECONDS, HAND_WRITTEN_SECONDS
from infra.exits import Exit
from infra.gateway.imported import INTEGRATION_SECONDS
from infra.gateway.throttle import BURST, RATE
from service.functions import STORE_SECONDS
from service.stores import client, sharded
from service.stores.shards import MOST_SHARDS
from tests.contracts import CLUB, ROOT
from tests.deploy.templates import rendered

TEMPLATE = rendered()


def default(parameter: str) -> Any:
    return TEMPLATE["Parameters"][parameter]["Default"]


def test_a_fill_waits_as_long_as_the_function_may_run() -> None:
    """Else the version before writes items without their keys behind its back."""
    assert TEMPLATE["Resources"]["Function"]["Properties"]["Timeout"] == FUNCTION_SECONDS


def test_a_call_to_the_table_ends_before_the_function_and_that_before_the_gateway() -> None:
    longest = client._LAST_RETRY_SECONDS + client._CONNECT_SECONDS + client._READ_SECONDS
    backoff = 2
    # A list of several shards may begin a second round of calls.
    call = sharded._LAST_ROUND_SECONDS + longest + backoff
    assert call < FUNCTION_SECONDS < INTEGRATION_SECONDS
    assert STORE_SECONDS + call < HAND_WRITTEN_SECONDS < INTEGRATION_SECONDS


def test_the_template_takes_as_many_shards_as_the_store() -> None:
    declared = TEMPLATE["Parameters"]["Shards"]["AllowedPattern"]
    taken = [number for number in range(100) if re.fullmatch(declared, str(number))]
    assert taken == [*range(1, MOST_SHARDS + 1)]
    other = TEMPLATE["Parameters"]["OtherShards"]["AllowedPattern"]
    assert other == f"({declared})?"


def test_the_local_gateway_lets_through_what_a_stage_does() -> None:
    assert (default("ThrottleRate"), default("ThrottleBurst")) == (RATE, BURST)


def test_the_help_tells_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    told = capsys.readouterr().out.partition("exit codes:\n")[2]
    codes = [int(line.split()[0]) for line in told.splitlines()]
    assert codes == [*Exit] == sorted(Exit)


def test_a_command_line_that_is_wrong_has_its_code() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--no-such-option"])
    assert ended.value.code == Exit.MISUSED


def test_every_output_that_is_asked_for_is_one_of_the_template() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "infra").rglob("*.py"))
    asked = {*re.findall(r'(?:outputs(?:\([^()]*\))?|told)\["(\w+)"\]', code)}
    assert asked >= {"ApiUrl", "SiteUrl", "SiteBucket", "DistributionId", "FunctionLogGroup"}
    assert asked <= TEMPLATE["Outputs"].keys() | rendered(path=CLUB)["Outputs"].keys()
