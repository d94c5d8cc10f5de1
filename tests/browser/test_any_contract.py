"""The page of contracts that know no to-do: the same code, in each contract's own words."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.accessibility import is_accessible
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import TodoPage
from tests.contracts import ACTIONS, CUSTOMERS, LIBRARY, TRAITS
from tests.contracts.renamed import Renaming
from tests.servers import Server, serve

Open = Callable[..., "AnyPage"]

SEED = 14

KNOB = """
(at) => {
  const { marginInlineStart, borderTopColor, borderTopWidth } = getComputedStyle(at, "::before");
  const { backgroundColor } = getComputedStyle(at);
  const color = borderTopWidth === "0px" ? backgroundColor : borderTopColor;
  return { start: marginInlineStart, color, ground: backgroundColor };
}
"""


class AnyPage:
    """A page of one collection."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.form = page.locator("[data-add]")
        self.rows = page.locator("[data-rows] > li")
        self.status = page.get_by_role("status")
        self.edit = page.locator("form.edit")

    def open(self, query: str = "") -> "AnyPage":
        self.page.goto(f"{self.url}/{query}")
        expect(self.page.locator("[data-list]")).to_have_attribute("aria-busy", "false")
        expect(self.page.locator("[data-key-list] > *")).not_to_have_count(0)
        return self

    def field(self, label: str, form: Locator | None = None) -> Locator:
        return (form or self.form).get_by_label(label, exact=True)

    def add(self, first: str, **values: str) -> None:
        self.form.locator("[data-fields] > :first-child").locator("input, textarea").fill(first)
        for label, value in values.items():
            self.field(label.replace("_", " ")).fill(value)
        self.button("Add").click()

    def button(self, name: str, inside: Locator | None = None) -> Locator:
        return (inside or self.page).get_by_role("button", name=name, exact=True)

    def title(self, name: str) -> Locator:
        return self.page.locator("[data-title]").get_by_role("link", name=name, exact=True)

    def write(self, text: str, field: Locator) -> None:
        """Types in the place of what is there; Firefox's driver would add it to a number."""
        field.press("Control+a")
        field.press_sequentially(text)

    def saved(self, text: str) -> None:
        expect(self.status).to_have_text(text)


@pytest.fixture(scope="module")
def renaming() -> Renaming:
    return Renaming(SEED)


@pytest.fixture(scope="module")
def renamed(renaming: Renaming, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("renamed") / "renamed.json"
    path.write_text(json.dumps(renaming.data()))
    with serve(path) as server:
        yield server


@pytest.fixture(scope="module")
def library() -> Iterator[Server]:
    with serve(LIBRARY) as server:
        yield server


@pytest.fixture(scope="module")
def customers() -> Iterator[Server]:
    with serve(CUSTOMERS) as server:
        yield server


@pytest.fixture(scope="module")
def traits() -> Iterator[Server]:
    with serve(TRAITS) as server:
        yield server


@pytest.fixture(scope="module")
def actions() -> Iterator[Server]:
    with serve(ACTIONS) as server:
        yield server


ADA = {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"}


def test_a_contract_renamed_at_random_walks_the_main_road(
    page: Page, renamed: Server, renaming: Renaming
) -> None:
    path, title, done = (renaming[each] for each in ("todos", "title", "completed"))
    opened = AnyPage(page, renamed.url).open()
    expect(page.get_by_role("heading", name=path.capitalize(), exact=True)).to_be_visible()
    opened.add("One", **{renaming["description"].capitalize(): "see https://example.com/a."})
    opened.saved("Added “One”.")
    link = opened.rows.get_by_role("link", name="https://example.com/a", exact=True)
    expect(link).to_have_attribute("rel", "noreferrer")
    (item,) = renamed.get(f"/{path}").json["items"]
    assert item[title] == "One"

    opened.title("One").click()
    opened.edit.get_by_role("switch").check()
    opened.field(title.capitalize(), opened.edit).fill("First")
    opened.button("Save").click()
    opened.saved("Saved “First”.")
    assert renamed.get(f"/{path}").json["items"][0][done] is True

    opened.add("Two")
    opened.saved("Added “Two”.")
    page.get_by_role("link", name=done.capitalize(), exact=True).click()
    expect(opened.rows).to_have_count(1)
    expect(page).to_have_url(f"{renamed.url}/?{done}=true")
    page.get_by_role("link", name="All", exact=True).click()

    opened.button("Delete “Two”").click()
    expect(opened.rows).to_have_count(1)
    opened.button("Undo").focus()  # so that it stays
    is_accessible(page)
    opened.button("Undo").click()
    expect(opened.rows).to_have_count(2)

    opened.button("Edit “First”").click()
    opened.field(title.capitalize(), opened.edit).fill("Mine")
    renamed.request("PUT", f"/{path}/{item[renaming['id']]}", {title: "Theirs"})
    opened.button("Save").click()
    expect(opened.button("Keep mine")).to_be_visible()
    is_accessible(page)
    opened.button("Keep mine").click()
    opened.saved("Saved “Mine”.")
    expect(opened.rows.last).to_contain_text("Mine")

    page.route(f"**/{path}", lambda route: route.abort("connectionfailed"))
    opened.add("Three")
    expect(opened.rows.first).to_contain_text("Saved on this device")
    is_accessible(page)
    page.unroute_all()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    opened.saved("Added “Three”.")
    assert len(renamed.get(f"/{path}").json["items"]) == 3

    for number in range(100):
        renamed.request("POST", f"/{path}", {title: f"Item {number}"})
    opened.open()
    expect(opened.rows).to_have_count(100)
    opened.button("Load more").click()
    expect(opened.rows).to_have_count(103)


def test_the_start_page_lists_the_collections_and_opens_each(page: Page, library: Server) -> None:
    page.goto(library.url)
    expect(page.get_by_role("heading", name="Village Library")).to_be_visible()
    page.get_by_role("link", name="Books").click()
    expect(page.get_by_role("heading", name="Books", exact=True)).to_be_visible()
    expect(page).to_have_url(f"{library.url}/?in=books")
    page.get_by_role("link", name="Village Library").click()
    page.get_by_role("link", name="Readers").click()
    expect(page.get_by_role("heading", name="Readers", exact=True)).to_be_visible()


def test_a_form_has_a_field_for_every_kind_of_property(page: Page, library: Server) -> None:
    opened = AnyPage(page, library.url).open("?in=books")
    opened.field("New book: name").fill("Moby Dick")
    expect(opened.field("Published")).to_have_attribute("type", "date")
    opened.field("Published").fill("1851-10-18")
    opened.field("Genre").select_option("Fiction")
    expect(opened.field("Shelf")).to_have_value("0")
    opened.field("Pages").fill("0")
    opened.button("Add").click()
    expect(opened.field("Pages")).to_have_accessible_description("Enter more than 0.")
    opened.write("635", opened.field("Pages"))
    for keyword in ("sea", "whale"):
        opened.field("Keywords").fill(keyword)
        opened.page.keyboard.press("Enter")
    opened.field("Reprints").fill("1902")
    opened.button("Add").click()
    opened.saved("Added “Moby Dick”.")
    (book,) = library.get("/books").json["items"]
    assert book["keywords"] == ["sea", "whale"]
    assert (book["reprints"], book["pages"], book["shelf"]) == ([1902], 635, 0)
    assert book["published"] == "1851-10-18"
    assert "size" not in book
    expect(opened.rows).to_contain_text(re.compile("18 Oct 1851|Oct 18, 1851"))

    opened.title("Moby Dick").click()
    height = opened.field("Height", opened.edit)
    opened.field("Width", opened.edit).fill("13")
    opened.button("Save").click()
    expect(height).to_have_accessible_description("Fill in “Height”.")
    is_accessible(page)
    height.fill("21")
    opened.edit.get_by_role("button", name="Remove sea").click()
    opened.button("Save").click()
    opened.saved("Saved “Moby Dick”.")
    (changed,) = library.get("/books").json["items"]
    assert changed["size"] == {"height": 21, "width": 13}
    assert changed["keywords"] == ["whale"]
    assert (changed["published"], changed["reprints"]) == ("1851-10-18", [1902])


def test_what_is_typed_and_not_added_to_a_list_yet_is_saved_too(
    page: Page, library: Server
) -> None:
    """The button must not move as the field loses the focus: the press would miss it."""
    page.set_viewport_size({"width": 1280, "height": 1600})
    opened = AnyPage(page, library.url).open("?in=books")
    opened.field("New book: name").fill("Half typed")
    opened.field("Genre").select_option("Poetry")
    opened.field("Pages").fill("1")
    opened.field("Keywords").fill("sea")
    opened.page.keyboard.press("Enter")
    opened.field("Keywords").fill("sea")
    opened.field("Reprints").fill("1902")
    opened.button("Add").click()
    opened.saved("Added “Half typed”.")
    book = library.get("/books").json["items"][0]
    assert (book["keywords"], book["reprints"]) == (["sea"], [1902])
    library.request("DELETE", f"/books/{book['bookId']}")


def test_a_put_that_replaces_sends_the_whole_item_and_can_empty_a_property(
    page: Page, library: Server
) -> None:
    book = {"name": "Emptied", "genre": "poetry", "pages": 1, "price": 3.5, "subtitle": "Or not"}
    made = library.request("POST", "/books", book).json
    opened = AnyPage(page, library.url).open("?in=books")
    opened.title("Emptied").click()
    opened.field("Price", opened.edit).press("Control+a")
    page.keyboard.press("Delete")
    opened.field("Subtitle", opened.edit).fill("")
    opened.button("Save").click()
    opened.saved("Saved “Emptied”.")
    item = library.get(f"/books/{made['bookId']}").json
    assert "price" not in item
    assert (item["subtitle"], item["genre"], item["pages"]) == (None, "poetry", 1)
    library.request("DELETE", f"/books/{made['bookId']}")


def test_filters_are_links_for_what_has_few_values_and_boxes_for_the_rest(
    page: Page, library: Server
) -> None:
    for genre, copies in (("travel", 2), ("travel", 5), ("on", 5)):
        book = {"name": f"{genre} {copies}", "genre": genre, "pages": 1, "copies": copies}
        library.request("POST", "/books", book)
    opened = AnyPage(page, library.url).open("?in=books")
    page.get_by_role("link", name="Travel", exact=True).click()
    expect(opened.rows).to_have_count(2)
    opened.write("5", page.get_by_role("navigation", name="Filters").get_by_label("Copies"))
    page.keyboard.press("Enter")
    expect(opened.rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?in=books&genre=travel&copies=5$"))
    is_accessible(page)
    page.get_by_role("link", name="Travel", exact=True).click()
    expect(opened.rows).to_have_count(2)
    page.get_by_role("link", name="All", exact=True).click()
    page.reload()
    page.get_by_role("link", name="Yes", exact=True).click()
    expect(page.get_by_role("heading", name="No books found")).to_be_visible()


def test_find_stands_beside_the_last_line_of_the_filters(page: Page, library: Server) -> None:
    AnyPage(page, library.url).open("?in=books")
    filters = page.get_by_role("navigation", name="Filters").bounding_box()
    find = page.get_by_label("Find in this list").bounding_box()
    assert filters is not None
    assert find is not None
    assert filters["height"] > 2 * find["height"]
    assert find["x"] >= filters["x"] + filters["width"]
    bottoms = [each["y"] + each["height"] for each in (filters, find)]
    assert bottoms[0] == pytest.approx(bottoms[1], abs=2)


def test_a_collection_without_a_list_shows_what_this_device_added(
    page: Page, library: Server
) -> None:
    opened = AnyPage(page, library.url).open("?in=readers")
    expect(page.get_by_text("This API does not list readers")).to_be_visible()
    opened.add("Grace", Website="nowhere")
    website = opened.field("Website")
    expect(website).to_have_accessible_description(
        "Enter a full web address, starting with https://."
    )
    website.fill("https://example.com/grace")
    opened.button("Add").click()
    opened.saved("Added “Grace”.")
    page.reload()
    expect(opened.rows).to_contain_text("Grace")
    expect(opened.button("Edit “Grace”")).to_have_count(0)
    opened.title("Grace").click()
    expect(opened.rows.locator("dd").first).to_have_text("Grace")
    is_accessible(page)


def test_customers_are_added_shown_and_changed(page: Page, customers: Server) -> None:
    opened = AnyPage(page, customers.url).open()
    expect(page.get_by_text("Add the first customer.")).to_be_visible()
    opened.add("Ada", Last_name="Lovelace", Email="nobody")
    expect(opened.field("Email")).to_have_accessible_description(
        re.compile("Enter an email address, like name@example.com.")
    )
    opened.write("ada@example.com", opened.field("Email"))
    opened.field("Phone").fill("+441234567")
    opened.button("Add").click()
    opened.saved("Added “Ada”.")
    expect(opened.rows.get_by_role("link", name="ada@example.com")).to_have_attribute(
        "href", "mailto:ada@example.com"
    )
    expect(opened.rows.get_by_role("link", name="+441234567")).to_have_attribute(
        "href", "tel:+441234567"
    )
    opened.title("Ada").click()
    expect(opened.edit.get_by_role("link", name="Link to this customer")).to_be_visible()
    opened.field("Phone", opened.edit).fill("")
    opened.button("Save").click()
    expect(opened.field("Phone", opened.edit)).to_have_accessible_description(
        re.compile("Fill in “Phone”.")
    )
    opened.field("Phone", opened.edit).fill("+4412345678")
    opened.button("Save").click()
    opened.saved("Saved “Ada”.")
    assert customers.get("/customers").json["items"][0]["phone"] == "+4412345678"


def test_a_fault_that_the_service_finds_stands_at_its_field(page: Page, customers: Server) -> None:
    opened = AnyPage(page, customers.url).open()
    problem = {
        "type": "urn:problem-type:invalid-request",
        "title": "The request breaks the contract",
        "status": 400,
        "detail": "email: is taken.",
        "errors": [{"detail": "is taken", "pointer": "/email"}],
    }
    page.route("**/customers", lambda route: route.fulfill(status=400, json=problem))
    opened.add("Eve", Last_name="X", Email="eve@example.com")
    failure = page.get_by_role("group", name="Not saved")
    expect(failure.get_by_label("Email")).to_have_accessible_description(re.compile("Is taken."))


def test_a_link_opens_one_item(page: Page, customers: Server) -> None:
    made = customers.request("POST", "/customers", {**ADA, "firstName": "Linked"}).json
    AnyPage(page, customers.url).open(f"?id={made['id']}")
    expect(page.locator("form.edit").get_by_label("First name")).to_have_value("Linked")


def test_a_link_to_nothing_says_so(page: Page, customers: Server) -> None:
    AnyPage(page, customers.url).open("?id=5f0c6b1e-8d1c-4c62-9f4b-0f6a2f8f2a51")
    expect(page.get_by_role("alert")).to_contain_text("This customer cannot be found.")


def test_cars_of_integer_ids_in_a_bare_array_walk_the_road(page: Page, traits: Server) -> None:
    opened = AnyPage(page, traits.url).open("?in=cars")
    opened.field("New car").fill("Volvo")
    expect(opened.field("Doors")).to_have_value("4")
    opened.field("Colour").select_option("Blue")
    opened.button("Add").click()
    opened.saved("Added “Volvo”.")
    opened.title("Volvo").click()
    opened.write("10", opened.field("Doors", opened.edit))
    opened.button("Save").click()
    expect(opened.field("Doors", opened.edit)).to_have_accessible_description("Enter at most 9.")
    opened.write("5", opened.field("Doors", opened.edit))
    opened.button("Save").click()
    opened.saved("Saved “Volvo”.")
    (car,) = traits.get("/cars").json
    assert (car["make"], car["colour"], car["doors"]) == ("Volvo", "blue", 5)


def test_tasks_whose_list_shows_a_part_open_whole_and_nobody_deletes_them(
    page: Page, traits: Server
) -> None:
    traits.request("POST", "/tasks", {"title": "Sweep", "owner": "Ada"})
    opened = AnyPage(page, traits.url).open("?in=tasks")
    expect(opened.button("Delete “Sweep”")).to_have_count(0)
    opened.title("Sweep").click()
    expect(opened.field("Owner", opened.edit)).to_have_value("Ada")
    opened.field("Owner", opened.edit).fill("Grace")
    opened.button("Save").click()
    opened.saved("Saved “Sweep”.")
    opened.write("Grace", page.get_by_role("navigation", name="Filters").get_by_label("Owner"))
    page.keyboard.press("Enter")
    expect(opened.rows).to_have_count(1)


def test_notes_that_answer_nothing_are_added_and_cannot_be_edited(
    page: Page, traits: Server
) -> None:
    opened = AnyPage(page, traits.url).open("?in=notes")
    opened.add("Remember", Weight="12345.5")
    opened.saved("Added “Remember”.")
    opened.open("?in=notes")
    expect(opened.rows).to_contain_text("12,345.5")
    expect(opened.button("Edit “Remember”")).to_have_count(0)
    expect(opened.button("Delete “Remember”")).to_be_visible()


def test_functions_are_buttons_of_their_item_or_their_collection(
    page: Page, actions: Server
) -> None:
    actions.request("POST", "/todos", {"title": "Do it"})
    opened = AnyPage(page, actions.url).open()
    opened.button("Complete “Do it”").click()
    opened.saved("Complete: done.")
    assert actions.get("/todos").json["items"][0]["completed"] is True
    page.get_by_text("Completed (1)").click()
    opened.button("Complete “Do it”").click()
    expect(page.get_by_role("alert").first).to_contain_text("The to-do is done already")
    opened.button("Delete the to-dos that are done").click()
    dialog = page.get_by_role("dialog", name="Delete the to-dos that are done")
    is_accessible(page)
    dialog.get_by_role("button", name="Delete the to-dos that are done").click()
    expect(opened.rows).to_have_count(0)
    expect(page.get_by_role("dialog").last).to_contain_text("Cleared1")
    is_accessible(page)


def test_with_forced_colours_a_switch_shows_whether_it_is_on(
    new_context: Any, renamed: Server
) -> None:
    opened = AnyPage(new_context(forced_colors="active").new_page(), renamed.url).open()
    opened.form.locator("textarea").first.fill("Something")
    switch = opened.form.get_by_role("switch")
    off = switch.evaluate(KNOB)
    switch.check()
    on = switch.evaluate(KNOB)
    assert (off["start"], off["color"] != off["ground"]) == ("3px", True)
    assert (on["start"] != "3px", on["color"] != on["ground"]) == (True, True)


def test_without_the_file_that_knows_to_dos_the_page_works(todos: TodoPage, api: Any) -> None:
    plain = "export const touches = () => ({});"
    todos.page.route(
        "**/todos.js", lambda route: route.fulfill(body=plain, content_type="text/javascript")
    )
    opened = AnyPage(todos.page, api.url).open()
    expect(todos.page.get_by_role("heading", name="To-dos", exact=True)).to_be_visible()
    opened.field("New to-do").fill("Plain")
    opened.form.get_by_role("switch", name="Completed").check()
    opened.button("Add").click()
    opened.saved("Added “Plain”.")
    assert api.items()[0]["completed"] is True
    todos.page.get_by_role("link", name="Not completed", exact=True).click()
    expect(opened.rows).to_have_count(0)


def test_pages_of_other_contracts_are_accessible_in_each_size_and_scheme(
    page: Page, library: Server, customers: Server
) -> None:
    customers.request("POST", "/customers", ADA)
    for server, query, first in (
        (library, "?in=books", "New book: name"),
        (customers, "", "New customer: first name"),
    ):
        opened = AnyPage(page, server.url).open(query)
        opened.field(first).fill("Something")
        opened.button("Add").click()
        is_accessible(page)
    page.goto(library.url)
    expect(page.get_by_role("link", name="Books")).to_be_visible()
    is_accessible(page)
