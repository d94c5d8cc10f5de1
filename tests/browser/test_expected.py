"""What people expect of a list, and would miss: undo, find, readable details, paper, the dark."""

from base64 import b64encode
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.inputs import show_all
from tests.browser.states import VIEWPORTS, examples
from tests.browser.todo_page import TodoPage, eventually


@pytest.mark.parametrize("keys", [False, True], ids=["mouse", "keys"])
def test_completing_can_be_undone(todos: TodoPage, api: Api, keys: bool) -> None:
    api.add("Buy milk")
    todos.open().tick("Buy milk").check()
    expect(todos.undo_bar).to_contain_text("Completed “Buy milk”.")
    if keys:
        todos.press("Control+z")
    else:
        todos.undo.click()
    expect(todos.tick("Buy milk")).not_to_be_checked()
    expect(todos.undo_bar).to_be_hidden()
    todos.shows("Buy milk")
    todos.eventually(lambda: api.items()[0]["completed"], False)


def test_a_deletion_after_a_completion_is_what_undo_brings_back(todos: TodoPage, api: Api) -> None:
    api.add("One")
    api.add("Two")
    todos.open().tick("One").check()
    todos.delete("Two")
    expect(todos.undo_bar).to_contain_text("Deleted “Two”.")
    todos.undo.click()
    todos.shows("Two", "One")
    expect(todos.tick("One")).to_be_checked()


def test_find_shows_what_is_loaded_and_has_the_text(todos: TodoPage, api: Api) -> None:
    api.add("Buy milk", description="At the FARM")
    api.add("Call Ada")
    todos.open()
    todos.press("/")
    todos.page.keyboard.type("farm")
    todos.shows("Buy milk")
    todos.page.keyboard.type("yard")
    expect(todos.page.get_by_role("heading", name="No to-dos found")).to_be_visible()
    todos.page.get_by_label("Find").fill("")
    todos.shows("Call Ada", "Buy milk")


def test_a_press_that_leaves_find_does_not_miss(new_context: Any, api: Api) -> None:
    """Nothing moves as it loses the focus, where it shares its line on a phone either."""
    api.add("One")
    todos = TodoPage(new_context(viewport=VIEWPORTS["phone"]).new_page(), api.url).open()
    todos.page.get_by_label("Find").focus()
    todos.tick("One").click()
    expect(todos.tick("One")).to_be_checked()


def test_long_details_are_clamped_and_each_line_has_its_own_direction(
    todos: TodoPage, api: Api
) -> None:
    api.add("Long", description="\n".join(["left to right", "מימין לשמאל", *["more"] * 20]))
    text = todos.open().row("Long").locator("[data-texts] p")
    expect(text).to_have_css("unicode-bidi", "plaintext")
    lines = text.evaluate("at => at.clientHeight / parseFloat(getComputedStyle(at).lineHeight)")
    assert round(lines) == 4
    todos.edit("Long")
    details = todos.page.locator("form.edit").get_by_label("Details")
    expect(details).to_have_css("unicode-bidi", "plaintext")


def test_on_paper_there_are_the_to_dos_alone(todos: TodoPage, api: Api) -> None:
    examples(todos, api)
    todos.page.emulate_media(media="print")
    try:
        expect(todos.new_title).to_be_hidden()
        expect(todos.link("All")).to_be_hidden()
        expect(todos.row("Book a table for Friday")).to_be_visible()
        expect(todos.button("Delete “Book a table for Friday”")).to_be_hidden()
    finally:
        todos.page.emulate_media(media="null")


def test_the_first_row_is_above_the_fold_on_a_phone(new_context: Any, api: Api) -> None:
    todos = TodoPage(new_context(viewport=VIEWPORTS["phone"]).new_page(), api.url)
    examples(todos, api)
    expect(todos.new_description).to_be_hidden()
    box = todos.rows.first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < VIEWPORTS["phone"]["height"] * 2 / 3
    todos.new_title.fill("Something")
    expect(todos.new_description).to_be_visible()


RING = """
async ([picture, color]) => {
  const image = Object.assign(new Image(), { src: `data:image/png;base64,${picture}` });
  await image.decode();
  const { width, height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pixels = (draw) => {
    draw();
    return context.getImageData(0, 0, width, height).data;
  };
  const [r, g, b] = pixels(() => { context.fillStyle = color; context.fillRect(0, 0, 1, 1); });
  const found = pixels(() => context.drawImage(image, 0, 0));
  let count = 0;
  for (let at = 0; at < found.length; at += 4) {
    count += found[at] === r && found[at + 1] === g && found[at + 2] === b;
  }
  return count;
}
"""
"""How many pixels of a picture have the colour of the focus ring."""


@pytest.mark.parametrize("size", VIEWPORTS)
def test_no_focus_ring_is_cut_off_by_its_row(new_context: Any, api: Api, size: str) -> None:
    """Rows that the browser paints by themselves show as much of a ring as if it did not."""
    api.fill(200)
    api.add("One", description="With details")
    context = new_context(viewport=VIEWPORTS[size], reduced_motion="reduce")
    todos = TodoPage(context.new_page(), api.url).open()
    show_all(todos, 201)
    row = todos.rows.first
    expect(row).to_have_css("content-visibility", "auto")

    def ring() -> int:
        picture = b64encode(todos.page.screenshot()).decode()
        color = row.evaluate("at => getComputedStyle(document.activeElement).outlineColor")
        found: int = todos.page.evaluate(RING, [picture, color])
        return found

    row.locator("[data-part=tick]").focus()
    todos.press("Tab", "Shift+Tab")  # so that the ring shows
    for part in ("tick", "edit", "delete"):
        row.locator(f"[data-part={part}]").focus()
        alone = ring()
        row.evaluate("at => { at.style.contentVisibility = 'visible' }")
        assert ring() == alone > 100, part
        row.evaluate("at => { at.style.contentVisibility = '' }")


def test_backspace_deletes_on_a_mac_alone(new_context: Any, api: Api) -> None:
    for platform, is_gone in (("Linux x86_64", False), ("MacIntel", True)):
        api.clear()
        api.add("One")
        page = new_context().new_page()
        page.add_init_script(
            f"Object.defineProperty(navigator, 'platform', {{ get: () => '{platform}' }})"
        )
        todos = TodoPage(page, api.url).open()
        todos.tick("One").focus()
        todos.press("Backspace")
        expect(todos.rows).to_have_count(0 if is_gone else 1)


def test_titles_are_trimmed(todos: TodoPage, api: Api) -> None:
    todos.open().add("  Buy milk \n")
    todos.shows("Buy milk")
    eventually(api.titles, ["Buy milk"])


def test_the_reference_is_dark_where_the_reader_s_system_is(new_context: Any, api: Api) -> None:
    page = new_context(color_scheme="dark").new_page()
    page.goto(f"{api.url}/docs/")
    expect(page.locator("html")).to_have_class("dark-mode")
    expect(page.get_by_role("heading", name="Todo API")).to_be_visible()


def test_what_is_completed_is_folded_below_and_stays_as_the_reader_leaves_it(
    todos: TodoPage, api: Api
) -> None:
    api.add("Done", completed=True)
    for title in ("Three", "Two", "One"):
        api.add(title)
    todos.open().shows("One", "Two", "Three", "Done")
    expect(todos.fold).to_have_text("Completed (1)")
    expect(todos.row("Done")).to_be_hidden()
    todos.tick("Two").focus()
    todos.press("Space")
    expect(todos.fold).to_have_text("Completed (2)")
    expect(todos.row("Two")).to_be_hidden()
    assert todos.focused() == "Three"
    todos.fold.focus()
    todos.press("Enter")
    expect(todos.row("Two")).to_be_visible()
    todos.open()
    expect(todos.row("Two")).to_be_visible()
    todos.tick("Three").focus()
    todos.press("ArrowDown", "Space")
    todos.shows("One", "Two", "Three", "Done")
    assert todos.focused() == "Done"
    todos.link("Completed").click()
    expect(todos.fold).to_be_hidden()
    todos.shows("Done")


def test_what_waits_for_the_reader_is_not_folded_away(todos: TodoPage, api: Api) -> None:
    api.add("Done", completed=True)
    todos.open().fold.click()
    todos.edit("Done").get_by_label("Title").fill("Not quite")
    todos.stored()
    todos.fold.click()
    todos.page.reload()
    expect(todos.page.locator("form.edit").get_by_label("Title")).to_have_value("Not quite")
    expect(todos.page.locator("form.edit")).to_be_visible()


@pytest.mark.parametrize("each", [True, False], ids=["each", "one"])
def test_several_pasted_lines_become_to_dos_of_their_own_if_the_reader_wants_it(
    todos: TodoPage, api: Api, each: bool
) -> None:
    todos.open().paste("Milk\r\n\n  Bread \nEggs\n")
    dialog = todos.page.get_by_role("dialog", name="Add 3 to-dos?")
    dialog.get_by_role("button", name="Add 3 to-dos" if each else "Keep as one").click()
    if not each:
        expect(todos.new_title).to_have_value("Milk\n\n  Bread \nEggs\n")
        todos.button("Add").click()
        eventually(lambda: len(api.items()), 1)
        return
    todos.shows("Milk", "Bread", "Eggs")
    expect(todos.new_title).to_have_value("")
    todos.eventually(api.titles, ["Milk", "Bread", "Eggs"])
    posts = [each for each in todos.sent if each.method == "POST"]
    assert len({post.headers["idempotency-key"] for post in posts}) == 3


def test_more_lines_than_a_hundred_are_pasted_as_they_are(todos: TodoPage) -> None:
    text = "\n".join(["Line"] * 101)
    todos.open().paste(text)
    expect(todos.alert).to_have_text(
        "To add each line as its own to-do, paste up to 100 lines at a time."
    )
    expect(todos.new_title).to_have_value(text)


def test_light_or_dark_is_kept_and_every_page_of_the_site_follows(page: Page, api: Api) -> None:
    todos = TodoPage(page, api.url).open()
    background = "at => getComputedStyle(at).backgroundColor"
    light = page.locator("body").evaluate(background)
    todos.press("?")
    page.get_by_label("Appearance").select_option("Dark")
    dark = page.locator("body").evaluate(background)
    assert dark != light
    page.reload()
    assert page.locator("body").evaluate(background) == dark
    page.goto(f"{api.url}/404.html")
    assert page.locator("body").evaluate(background) == dark
    page.goto(f"{api.url}/docs/")
    expect(page.locator("html")).to_have_class("dark-mode")
    todos.open().press("?")
    page.get_by_label("Appearance").select_option("Same as system")
    assert page.locator("body").evaluate(background) == light
