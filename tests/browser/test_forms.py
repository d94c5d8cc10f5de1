"""The kinds of fields that few forms have, all of one contract."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import is_accessible
from tests.browser.drivers.expectations import expect
from tests.browser.test_any_contract import ADA, AnyPage
from tests.contracts import fields
from tests.servers import Server, serve


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(fields.write(tmp_path_factory.mktemp("fields"))) as server:
        yield server


def test_a_form_asks_for_what_few_forms_have(page: Page, server: Server) -> None:
    """Times, JSON with its faults, a boolean that may be unknown, and what is no longer used."""
    opened = AnyPage(page, server.url).open()
    opened.field("New customer: first name").fill("Ada")
    opened.field("Last name").fill("Lovelace")
    opened.field("Email").fill("ada@example.com")
    expect(opened.field("Fax")).to_have_count(0)
    opened.field("Met at").fill("2026-11-22T10:30")
    expect(opened.field("Is member")).to_have_js_property("tagName", "SELECT")
    opened.field("Is member").select_option("Yes")

    tiers = opened.field("Tiers")
    opened.field("Discount").fill("51")
    tiers.fill('[{"above": 1},')
    opened.button("Add").click()
    expect(opened.field("Discount")).to_have_accessible_description("Enter at most 50.")
    expect(tiers).to_have_accessible_description(re.compile("This is not valid JSON: "))
    opened.write("5", opened.field("Discount"))
    tiers.fill("{}")
    opened.button("Add").click()
    expect(tiers).to_have_accessible_description("Write a list in [ ].")
    tiers.fill('[{"above": 1}, {"above": "much"}]')
    opened.button("Add").click()
    expect(tiers).to_have_accessible_description("1 › above: Write a number.")
    tiers.fill("[{}]")
    opened.button("Add").click()
    expect(tiers).to_have_accessible_description("0: “above” is missing.")
    is_accessible(page)
    tiers.fill('[{"above": 100}]')
    opened.button("Add").click()
    opened.saved("Added “Ada”.")
    (made,) = server.get("/customers").json["items"]
    assert (made["metAt"], made["isMember"]) == ("2026-11-22T10:30:00.000Z", True)
    assert made["terms"] == {"discount": 5, "tiers": [{"above": 100}]}
    expect(opened.rows).to_contain_text(re.compile("Met at (22 Nov|Nov 22,) 2026, 10:30"))

    opened.title("Ada").click()
    expect(opened.field("Fax", opened.edit)).to_have_accessible_description(
        "No longer used. Their fax"
    )
    expect(opened.field("Met at", opened.edit)).to_have_value("2026-11-22T10:30")
    is_accessible(page)
    opened.field("Is member", opened.edit).select_option("")
    opened.field("Fax", opened.edit).fill("+44 20")
    opened.button("Save").click()
    opened.saved("Saved “Ada”.")
    (changed,) = server.get("/customers").json["items"]
    assert (changed["isMember"], changed["fax"]) == (None, "+44 20")
    assert (changed["metAt"], changed["terms"]) == (made["metAt"], made["terms"])


def test_a_function_asks_for_its_body_and_shows_what_is_wrong_with_it(
    page: Page, server: Server
) -> None:
    server.request("POST", "/customers", {**ADA, "firstName": "Grace"})
    opened = AnyPage(page, server.url).open()
    opened.button("Record a visit “Grace”").click()
    dialog = page.get_by_role("dialog", name="Record a visit: Grace")
    expect(dialog).to_contain_text("Notes when somebody saw the customer.")
    call = dialog.get_by_role("button", name="Record a visit")
    call.click()
    expect(dialog.get_by_label("Address")).to_have_accessible_description("Fill in “Address”.")
    dialog.get_by_label("Address").fill("Arlington")
    dialog.get_by_label("Minutes").fill("0")
    call.click()
    expect(dialog.get_by_label("Minutes")).to_have_accessible_description("Enter at least 1.")
    opened.write("30", dialog.get_by_label("Minutes"))
    page.route("**/visits", lambda route: route.abort("connectionfailed"))
    call.click()
    expect(dialog.get_by_role("alert")).to_contain_text("The service cannot be reached.")
    is_accessible(page)
    page.unroute_all()
    call.click()
    opened.saved("Record a visit: done.")
    expect(dialog).to_have_count(0)
    expect(opened.rows.first).to_contain_text("Arlington, 30")
