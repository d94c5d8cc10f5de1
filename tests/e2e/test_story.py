"""A stage's life: deployed, called, fuzzed, changed, filled, kept, taken away. In this order.

Each chapter begins where the one before has ended.
"""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Route, expect, sync_playwright

from service.contract.document import read
from tests.browser.drivers import chromium
from tests.browser.todo_page import TodoPage
from tests.contracts import CUSTOMERS, TODOS
from tests.deploy.deployer_policy import allowed
from tests.e2e import contracts
from tests.e2e.cloud import Cloud, deploying
from tests.e2e.deployer import heard
from tests.e2e.leftovers import leftovers
from tests.engines import Strictness
from tests.fuzz.run import fuzz

ITEMS = 1000
READING = re.compile(r"(?:Describe|DetectStackDrift|Get|Head|List)")
REPORT = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.blockedURI));
"""
"""Notes what the policy of the site stops."""

SCRIPT = "text/javascript"

GUIDE = {
    "title": "Learn AWS",
    "description": "Complete the serverless API project",
    "completed": False,
}


def todos(cloud: Cloud) -> str:
    """Asked for anew each time: a new document is a new API with this engine, unlike with AWS."""
    return cloud.outputs("prod")["ApiUrl"] + "/todos"


def site(cloud: Cloud) -> str:
    return cloud.outputs("prod")["SiteUrl"]


def test_a_stage_is_deployed_from_nothing(cloud: Cloud) -> None:
    assert leftovers(cloud) == []
    result = cloud.deploy("prod", TODOS)
    assert result["changed"]
    assert result["outputs"]["TableName"] == "TodoItems"


def test_deployed_again_it_says_that_nothing_has_to_change(cloud: Cloud) -> None:
    before = len(heard(cloud))
    result = cloud.deploy("prod", TODOS)
    assert (result["changed"], result["uploaded"]) == (False, 0)
    calls = heard(cloud)[before:]
    assert [each for each in calls if not READING.match(each[1])] == [], "nothing is written"


def test_the_five_calls_of_the_guide_are_answered(cloud: Cloud) -> None:
    every = todos(cloud)
    made = cloud.ask("POST", every, GUIDE)
    assert (made.status, made.json["title"]) == (201, "Learn AWS")
    assert made.headers["Location"].endswith(f"/prod/todos/{made.json['id']}")
    one = f"{every}/{made.json['id']}"
    assert cloud.ask("GET", every).json == {"items": [made.json], "count": 1}
    assert cloud.ask("GET", one).json == made.json
    changed = cloud.ask("PUT", one, {"title": "Learn AWS - Updated", "completed": True})
    assert (changed.status, changed.json["completed"]) == (200, True)
    assert cloud.ask("DELETE", one).status == 204
    assert cloud.ask("GET", one).status == 404


def test_the_deployed_api_keeps_its_contract(cloud: Cloud, tmp_path: Path) -> None:
    """The contract comes from the deployed site, and says itself where the API is.

    Left out are a path's other methods: this engine answers those itself, with 403 and no problem,
    as it passes over gateway responses.
    """
    contract = tmp_path / "openapi.json"
    contract.write_bytes(cloud.ask("GET", site(cloud) + "/openapi.json").body)
    document = read(contract)
    (server,) = document.data["servers"]
    options = ("--exclude-checks", "unsupported_method")
    run = fuzz(
        document, server["url"], tmp_path / "report", 40, more=options, environment=cloud.env
    )
    assert run.exit_code == 0, run.output
    paths = read(TODOS).data["paths"]
    assert run.succeeded == {f"{verb.upper()} {path}" for path in paths for verb in paths[path]}


def test_the_deployed_api_means_what_its_contract_says(cloud: Cloud, tmp_path: Path) -> None:
    """And nothing of the proof stays."""
    api = todos(cloud).removesuffix("/todos")
    done = cloud.run(
        *("prove", api, "--contract", str(TODOS), "--seconds", "30", "--settle", "30", "--json"),
        *("--journal", str(tmp_path / "prove.jsonl")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["requests"] > 50
    assert not list(tmp_path.iterdir())


def test_the_page_comes_from_the_distribution(cloud: Cloud) -> None:
    page = cloud.ask("GET", site(cloud) + "/")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<title>" in cloud.ask("GET", site(cloud) + "/docs/").body


def test_the_page_knows_where_the_api_is(cloud: Cloud) -> None:
    config = cloud.ask("GET", site(cloud) + "/config.js").body.decode()
    assert cloud.outputs("prod")["ApiUrl"] in config


def test_the_page_works_in_a_browser(cloud: Cloud) -> None:
    """Under the distribution's policy, which allows the API where AWS would have it.

    This engine has it elsewhere, and answers no preflight: both are bridged here.
    """
    policy = cloud.ask("GET", site(cloud) + "/").headers["Content-Security-Policy"]
    (origin,) = re.findall(r"https://[^ ;]+execute-api[^ ;]+", policy)
    there, here = f"{origin}/prod", cloud.outputs("prod")["ApiUrl"]
    config = f'export const api = "{there}";'

    def forward(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace(there, here)))

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(ignore_https_errors=True)
        page.add_init_script(REPORT)
        page.route("**/config.js", lambda route: route.fulfill(body=config, content_type=SCRIPT))
        page.route(f"{there}/**", forward)
        page.clock.install()
        todos = TodoPage(page, site(cloud)).open()
        todos.add("From the page", "By CloudFront")
        expect(todos.status).to_have_text("Added “From the page”.")
        todos.tick("From the page").check()
        expect(todos.status).to_have_text("Completed “From the page”.")
        todos.link("Completed").click()
        todos.edit("From the page").get_by_label("Title").fill("From the page, edited")
        todos.press("Enter")
        expect(todos.status).to_have_text("Saved “From the page, edited”.")
        todos.delete("From the page, edited")
        with page.expect_response(lambda each: each.request.method == "DELETE") as answer:
            page.clock.fast_forward(8_000)
        assert answer.value.status == 204
        expect(todos.tick("From the page, edited")).to_have_count(0)
        assert page.evaluate("() => violations") == []
        browser.close()


def test_the_page_is_sent_with_its_security_and_cache_headers(cloud: Cloud) -> None:
    headers = cloud.ask("GET", site(cloud) + "/").headers
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "s-maxage" in headers["Cache-Control"]


def test_parity_tells_what_the_engine_does_otherwise_than_aws(cloud: Cloud) -> None:
    """It drops validators, models and gateway responses, and is not taken for AWS."""
    done = cloud.run("parity", "--stage", "prod", "--json")
    assert done.returncode == 4, done.stderr
    claims = {each["claim"]: each for each in json.loads(done.stdout)["claims"]}
    differing = {claim for claim, each in claims.items() if each["differences"]}
    assert "A gateway response may set Content-Type." in differing
    assert "A mock integration answers the preflight with the mapped headers." in differing
    assert "A method that the contract lacks reaches the service." not in differing
    assert "DIFFERS  An unknown path" in cloud.run("parity", "--stage", "prod").stdout


def test_the_requests_can_be_read_in_the_logs(cloud: Cloud) -> None:
    told = cloud.run("logs", "--since", "10m").stdout
    assert re.search(r"201 .*POST +/todos", told), told


def test_a_new_optional_property_is_deployed_and_answers(cloud: Cloud, tmp_path: Path) -> None:
    assert cloud.ask("POST", todos(cloud), {"title": "x", "priority": 3}).status == 400
    old = cloud.ask("POST", todos(cloud), {"title": "before"}).json
    cloud.deploy("prod", contracts.with_property(tmp_path))
    assert cloud.ask("POST", todos(cloud), {"title": "x", "priority": 3}).json["priority"] == 3
    assert cloud.ask("GET", f"{todos(cloud)}/{old['id']}").json == old


def test_what_breaks_clients_of_the_contract_that_is_live_is_refused_unless_somebody_says_so(
    cloud: Cloud,
) -> None:
    done = cloud.run(*deploying("prod", TODOS))
    assert done.returncode == 4
    assert "breaks     POST /todos  request: the body: fewer values are taken" in done.stderr
    assert "clients of the contract that is live would break" in done.stderr
    assert cloud.ask("POST", todos(cloud), {"title": "x", "priority": 3}).status == 201
    assert cloud.deploy("prod", TODOS, "--breaking")["changed"]


def test_what_breaks_items_that_are_kept_is_refused_once_they_are_counted(
    cloud: Cloud, tmp_path: Path
) -> None:
    """Newly required, without a default: of the items that are there, most lack it."""
    items = len(cloud.every(todos(cloud)))
    words = [*deploying("prod", contracts.with_property(tmp_path, required=True)), "--breaking"]
    done = cloud.run(*words)
    assert done.returncode == 4
    assert "items may be kept that priority (required) refuses" in done.stderr
    assert "use --kept-items count" in done.stderr
    done = cloud.run(*words, "--kept-items", "count")
    assert done.returncode == 4
    assert re.search(rf"the contract refuses [1-9]\d* of {items} items", done.stderr), done.stderr
    words.remove("--yes")
    done = cloud.run(*words, "--kept-items", "leave")
    assert "To agree beforehand, use --yes." in done.stderr
    assert done.returncode == 4


def test_a_contract_is_compared_with_what_a_stage_serves(cloud: Cloud) -> None:
    done = cloud.run("diff", "stage:prod", str(CUSTOMERS))
    assert done.returncode == 4, done.stderr
    assert "breaks     GET /todos  operation: is gone" in done.stdout
    assert cloud.run("diff", "stage:prod", str(TODOS)).returncode == 0


def test_a_plan_tells_how_many_creates_the_index_takes(cloud: Cloud) -> None:
    words = [*deploying("prod", TODOS), "--origin", "https://a.example"]
    words.remove("--yes")
    done = cloud.run(*words)
    assert "Creates a second: 1000 of items up to 1 KB, 111 of the largest in /todos" in done.stderr
    assert done.returncode == 4


def test_the_replacement_of_the_table_is_asked_for_even_with_yes(cloud: Cloud) -> None:
    done = cloud.run(*deploying("prod", TODOS), "--table-name", "TodoItems-other")
    assert done.returncode == 4
    assert "The table TodoItems would be replaced by a new, EMPTY one." in done.stderr
    assert "Nothing was changed." in done.stderr
    assert re.search(r"stays in s3://todo-api-artifacts-[^ ]+/prod/: ", done.stderr)


def test_a_new_filter_finds_the_thousand_items_from_before(
    cloud: Cloud, tmp_path: Path, strict: Strictness
) -> None:
    """And answers nobody before its index, which takes its time, can be read."""
    every = todos(cloud)

    def create(number: int) -> int:
        return cloud.ask("POST", every, {"title": f"title {number % 2}"}).status

    with ThreadPoolExecutor(4) as clients:
        assert {*clients.map(create, range(ITEMS))} == {201}
    strict.set(index_seconds=20)
    with asking(cloud, "title=title%201") as statuses:
        result = cloud.deploy("prod", contracts.with_filter(tmp_path, "title"))
    assert result["filled"] >= ITEMS
    assert result["seconds"] > 20
    assert statuses <= {400, 200}
    assert len(cloud.every(f"{todos(cloud)}?title=title%201")) == ITEMS // 2


def test_two_new_filters_come_in_one_deployment(cloud: Cloud, tmp_path: Path) -> None:
    wanted = contracts.with_filter(tmp_path, "title", "label", "shade")
    with asking(cloud, "label=a&shade=b") as statuses:
        result = cloud.deploy("prod", wanted)
    assert result["changed"]
    assert statuses <= {400, 200}
    made = cloud.ask("POST", todos(cloud), {"title": "x", "label": "a", "shade": "b"}).json
    assert cloud.every(f"{todos(cloud)}?label=a&shade=b") == [made]
    assert cloud.ask("DELETE", f"{todos(cloud)}/{made['id']}").status == 204


def test_a_filter_that_goes_takes_its_index_along(cloud: Cloud) -> None:
    cloud.deploy("prod", TODOS, "--breaking")
    table = cloud.client("dynamodb").describe_table(TableName="TodoItems")["Table"]
    names = {each["IndexName"] for each in table["GlobalSecondaryIndexes"]}
    assert names == {"byCreated", "byCompleted"}
    assert cloud.ask("GET", f"{todos(cloud)}?title=x").status == 400


def test_a_second_stage_with_another_contract_stands_beside_the_first(cloud: Cloud) -> None:
    outputs = cloud.deploy("dev", CUSTOMERS)["outputs"]
    assert outputs["TableName"] == "TodoItems-dev"
    assert cloud.ask("GET", outputs["ApiUrl"] + "/customers").json == {"items": [], "count": 0}
    assert len(cloud.every(todos(cloud))) >= ITEMS


def test_a_change_of_code_alone_goes_live_on_it_without_cloudformation(
    cloud: Cloud, tmp_path: Path
) -> None:
    before = len(heard(cloud))
    assert cloud.deploy("dev", contracts.described(tmp_path, CUSTOMERS))["changed"]
    calls = heard(cloud)[before:]
    assert ("lambda", "UpdateAlias") in calls
    assert not any("ChangeSet" in name for _, name in calls)
    assert not cloud.deploy("dev", contracts.described(tmp_path, CUSTOMERS))["changed"]


def test_destroying_without_the_name_of_the_stage_changes_nothing(cloud: Cloud) -> None:
    done = cloud.run("destroy", "--stage", "prod")
    assert done.returncode == 4
    assert len(cloud.every(todos(cloud))) >= ITEMS


def test_a_destroyed_stage_may_leave_its_data_to_the_next(cloud: Cloud, tmp_path: Path) -> None:
    """Which is deployed with one more filter, to make it harder."""
    before = cloud.every(todos(cloud))
    done = cloud.run("destroy", "--stage", "prod", "--keep-data", "--yes")
    assert done.returncode == 0, done.stderr
    left = [each for each in leftovers(cloud) if "dev" not in each and "artifacts" not in each]
    assert left == ["dynamodb TodoItems"]
    cloud.deploy("prod", contracts.with_filter(tmp_path, "title"))
    assert cloud.every(todos(cloud)) == before
    assert len(cloud.every(f"{todos(cloud)}?title=title%201")) == ITEMS // 2


def test_two_destroyed_stages_leave_nothing(cloud: Cloud) -> None:
    for stage in ("dev", "prod"):
        done = cloud.run("destroy", "--stage", stage, "--yes")
        assert done.returncode == 0, done.stderr
        assert "Nothing of stage" in done.stdout
    assert leftovers(cloud) == []


def test_destroying_nothing_says_so(cloud: Cloud) -> None:
    done = cloud.run("destroy", "--stage", "prod", "--yes")
    assert done.returncode == 0
    assert "nothing" in (done.stdout + done.stderr).lower()


NOT_IN_THE_STORY = {
    *("apigateway:DELETE", "apigateway:POST", "apigateway:PUT"),  # keys of a closed stage
    *("cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser", "cognito-idp:DeleteUserPool"),
    *("cognito-idp:DeleteUserPoolDomain", "cognito-idp:DescribeUserPool", "cognito-idp:ListUsers"),
    *("cognito-idp:UpdateUserPool", "dynamodb:DeleteItem", "dynamodb:Query"),  # people of one
    "cloudformation:ContinueUpdateRollback",  # after a rollback that got stuck
    "dynamodb:GetItem",  # where somebody changes an item while it is filled in
    "logs:DeleteLogGroup",  # of a group that Lambda or API Gateway made by themselves
    "s3:PutBucketPublicAccessBlock",  # where somebody opened the bucket
}
"""What the commands may do, and had no cause for."""


def test_the_commands_called_what_a_deployer_may_call_and_nothing_else(cloud: Cloud) -> None:
    missing, unused = allowed(heard(cloud))
    assert missing == []
    assert set(unused) == NOT_IN_THE_STORY


@contextmanager
def asking(cloud: Cloud, query: str) -> Iterator[set[int]]:
    """A client that lists with a filter all the time; the statuses of the answers.

    404 is this engine's own, between two APIs: a new document is a new API there.
    """
    statuses: set[int] = set()
    end = threading.Event()

    def ask() -> None:
        while not end.wait(0.2):
            statuses.add(cloud.ask("GET", f"{todos(cloud)}?{query}").status)
        statuses.discard(404)

    client = threading.Thread(target=ask)
    client.start()
    try:
        yield statuses
    finally:
        end.set()
        client.join()
