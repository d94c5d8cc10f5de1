"""What a screen reader is told: every part of a page by its role and name, in their order."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.states import STATES
from tests.browser.test_any_contract import AnyPage
from tests.browser.todo_page import TodoPage
from tests.contracts import CUSTOMERS, SIGNED_IN
from tests.servers import serve

LIST = """
- banner:
  - heading "To-do" [level=1]
  - paragraph: 1 open
  - button "Help and settings"
- main:
  - textbox "New to-do"
  - button "Add"
  - navigation "Filters":
    - group "Completed":
      - link "All"
      - link "Active"
      - link "Completed"
  - region "To-dos":
    - list:
      - listitem:
        - checkbox "Water the plants"
        - paragraph:
          - link "Water the plants"
        - paragraph: The fern twice
        - paragraph:
          - text: Created
          - time
        - button "Edit “Water the plants”"
        - button "Delete “Water the plants”"
  - alert
  - status
"""

ROWS: dict[str, str] = {
    "editing": """
- listitem:
  - text: Title
  - textbox "Title": Book a table for Friday
  - paragraph
  - text: Details
  - textbox "Details": Seven people, by the window if they can
  - paragraph
  - term: Created at
  - definition
  - term: Updated at
  - definition
  - term: Id
  - definition
  - link "Link to this to-do"
  - button "Save"
  - button "Cancel"
""",
    "failed": """
- listitem:
  - checkbox "Book a table for Friday"
  - paragraph:
    - link "Book a table for Friday"
  - paragraph: Seven people, by the window if they can
  - paragraph:
    - text: Created
    - time
  - button "Edit “Book a table for Friday”"
  - button "Delete “Book a table for Friday”"
  - group "Not saved":
    - paragraph: /“Book a table for Friday” was not completed/
    - button "Retry"
    - button "Discard"
""",
    "conflict": """
- listitem:
  - checkbox "Book a table for Sunday"
  - paragraph:
    - link "Book a table for Sunday"
  - paragraph: Seven people, by the window if they can
  - paragraph:
    - text: Created
    - time
    - text: · changed
    - time
  - button "Edit “Book a table for Sunday”"
  - button "Delete “Book a table for Sunday”"
  - group "Not saved":
    - paragraph: /Which version do you want to keep/
    - heading "Yours" [level=2]
    - term: Title
    - definition: Book a table for Saturday
    - heading "Theirs" [level=2]
    - term: Title
    - definition: Book a table for Sunday
    - button "Keep mine"
    - button "Keep theirs"
""",
}

UNDO = """
- group "Undo":
  - paragraph: Deleted “Book a table for Friday”.
  - button "Undo"
"""

HELP = """
- dialog "Help and settings":
  - heading "Help and settings" [level=2]
  - term: n
  - definition: Add
  - combobox "Appearance":
    - option "Same as system" [selected]
    - option "Light"
    - option "Dark"
  - 'checkbox "Single-key shortcuts: n, /, f and ?" [checked]'
  - paragraph:
    - link "API reference"
    - link "contract"
  - button "Close"
"""

CUSTOMER = """
- main:
  - text: "New customer: first name"
  - 'textbox "New customer: first name"': Ada
  - text: Last name
  - textbox "Last name"
  - text: Email
  - textbox "Email"
  - text: Phone
  - textbox "Phone"
  - text: Address
  - textbox "Address"
  - button "Add"
  - searchbox "Find in this list"
  - region "Customers":
    - list
    - heading "No customers yet" [level=2]
    - paragraph: Add the first customer.
  - alert
  - status
"""

DOOR = """
- banner:
  - heading "Todo API" [level=1]
- main:
  - heading "Sign in to continue" [level=2]
  - status: This list is for people who are signed in.
  - button "Sign in"
"""

WHO = """
- main:
  - heading "Sign in to Todo API" [level=1]
  - paragraph:
    - strong: For this machine only.
    - text: "There is no password: any name signs in, and each name has its own data."
  - text: Your name
  - textbox "Your name"
  - button "Sign in"
"""


def test_the_page_is_told_so(todos: TodoPage, api: Api) -> None:
    api.add("Water the plants", description="The fern twice")
    todos.open()
    expect(todos.page.locator("body")).to_match_aria_snapshot(LIST)


@pytest.mark.parametrize("state", ROWS)
def test_a_row_is_told_so(todos: TodoPage, api: Api, state: str) -> None:
    STATES[state](todos, api)
    row = todos.page.locator("[data-rows] > li:has(.edit, .failure)")
    expect(row).to_match_aria_snapshot(ROWS[state])


def test_the_undo_bar_is_told_so(todos: TodoPage, api: Api) -> None:
    STATES["undo"](todos, api)
    expect(todos.undo_bar).to_match_aria_snapshot(UNDO)


def test_the_help_is_told_so(todos: TodoPage, api: Api) -> None:
    STATES["help"](todos, api)
    expect(todos.page.locator("dialog[open]")).to_match_aria_snapshot(HELP)


def test_the_page_of_another_contract_is_told_so(page: Page) -> None:
    with serve(CUSTOMERS) as server:
        opened = AnyPage(page, server.url).open()
        opened.field("New customer: first name").fill("Ada")
        expect(page.locator("main")).to_match_aria_snapshot(CUSTOMER)


def test_both_pages_of_a_sign_in_are_told_so(page: Page) -> None:
    with serve(SIGNED_IN) as server:
        page.goto(server.url)
        body = page.locator("body")
        expect(body).to_match_aria_snapshot(DOOR)
        page.get_by_role("button", name="Sign in").click()
        expect(body).to_match_aria_snapshot(WHO)
