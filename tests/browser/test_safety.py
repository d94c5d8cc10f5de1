"""Nothing that a to-do says is ever code."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Api
from tests.browser.drivers.expectations import expect
from tests.browser.todo_page import ITEM, PROBLEM, TodoPage

CALL = "canary()"
PAYLOADS = [
    f"<script>{CALL}</script>",
    f"<ScRiPt>{CALL}</sCrIpT>",
    f"<img src=x onerror={CALL}>",
    f"<img src=x onerror='{CALL}'//",
    f"<svg onload={CALL}>",
    f"<svg><script>{CALL}</script></svg>",
    f"<svg><animate onbegin={CALL} attributeName=x dur=1s>",
    f"<body onload={CALL}>",
    f"<iframe src='javascript:{CALL}'></iframe>",
    f"<iframe srcdoc='<script>parent.{CALL}</script>'></iframe>",
    f"<a href='javascript:{CALL}' autofocus onfocus={CALL}>x</a>",
    f"<input autofocus onfocus={CALL}>",
    f"<details open ontoggle={CALL}>",
    f"<video><source onerror={CALL}></video>",
    f"<audio src=x onerror={CALL}>",
    f"<marquee onstart={CALL}>x</marquee>",
    f"<object data='javascript:{CALL}'></object>",
    f"<embed src='javascript:{CALL}'>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={CALL}>",
    f"<form action='javascript:{CALL}'><button>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{CALL}'>",
    f"<link rel=stylesheet href='data:,*{{}}' onload={CALL}>",
    f"<template><script>{CALL}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={CALL}>'>",
    f"</textarea><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"--><script>{CALL}</script>",
    f'" onmouseover={CALL} autofocus onfocus={CALL} x="',
    f"${{{CALL}}}{{{{{CALL}}}}}",
    f"javascript:{CALL}//\u202e<script>{CALL}</script>",
]


@pytest.fixture
def todos(page: Page, api: Api) -> TodoPage:
    """A page of its own: nothing takes back what `fired` puts into it."""
    return TodoPage(page, api.url)


@pytest.fixture
def fired(page: Page) -> list[str]:
    """What got executed, and what the policy had to stop."""
    fired: list[str] = []
    page.context.expose_function("canary", lambda *_: fired.append("canary"))
    page.context.expose_function("reported", lambda words: fired.append(words))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " (event) => reported(`${event.violatedDirective} ${event.sample}`))"
    )
    page.on("dialog", lambda dialog: fired.append(dialog.message))
    return fired


def test_there_are_thirty_payloads() -> None:
    assert len(set(PAYLOADS)) == 30


def test_no_payload_fires_in_a_list(todos: TodoPage, api: Api, fired: list[str]) -> None:
    for payload in PAYLOADS:
        api.add(payload, description=payload)
    todos.open()
    todos.shows(*reversed(PAYLOADS))
    descriptions = todos.rows.locator("> [data-reading] > [data-texts]")
    expect(descriptions).to_have_text(PAYLOADS[::-1])
    others = ":is(script, img, iframe, a:not([data-part]), form, style, link, meta)"
    links = todos.rows.locator(others).evaluate_all("(all) => all.map(({ href }) => href)")
    assert [each for each in links if not str(each).startswith("http")] == []
    assert fired == []


def test_no_payload_fires_in_anything_that_shows_it(todos: TodoPage, fired: list[str]) -> None:
    """Added, edited, failed, compared with another version, deleted, and brought back."""
    todos.open()
    for number, payload in enumerate(PAYLOADS):
        todos.add(payload, payload)
        todos.shows(
            *reversed(PAYLOADS[: number + 1])
        )  # one at a time: what is sent at once may overtake
    for number, payload in enumerate(PAYLOADS):
        row = todos.rows.nth(len(PAYLOADS) - 1 - number)
        row.locator("[data-part=edit]").click()
        row.get_by_label("Title", exact=True).fill(f"{payload}!")
        todos.press("Enter")
        expect(todos.status).to_have_text(f"Saved “{payload}!”.")
    todos.rows.first.locator("[data-part=delete]").click()
    expect(todos.undo_bar).to_contain_text(PAYLOADS[-1])
    todos.undo.click()
    todos.shows(*[f"{each}!" for each in reversed(PAYLOADS)])
    todos.page.reload()
    todos.shows(*[f"{each}!" for each in reversed(PAYLOADS)])
    assert fired == []


def test_no_payload_fires_in_a_problem_or_in_another_s_version(
    todos: TodoPage, api: Api, fired: list[str]
) -> None:
    for payload in PAYLOADS:
        api.add(payload, description=payload)
    todos.open()
    text = " ".join(PAYLOADS)
    todos.fail(ITEM, "PUT", {**PROBLEM, "title": text, "detail": text})
    todos.tick(PAYLOADS[0]).click()
    expect(todos.alert).to_contain_text(PAYLOADS[-1])
    todos.heal()
    todos.button("Retry").click()
    expect(todos.tick(PAYLOADS[0])).to_be_checked()
    for item in api.items():
        api.call("PUT", f"/todos/{item['id']}", {"description": f"{item['description']}?"})
    for index in range(5):
        form = todos.edit(PAYLOADS[index * 6 + 1])
        form.get_by_label("Details").fill(PAYLOADS[index])
        todos.press("Control+Enter")
    expect(todos.page.locator("[data-theirs]")).to_have_count(5)
    assert fired == []


def test_a_policy_violation_would_be_seen(todos: TodoPage, fired: list[str], messages: Any) -> None:
    todos.open().page.evaluate(
        "() => { const at = document.createElement('div');"
        f" at.innerHTML = '<img src=x onerror={CALL}>'; document.body.append(at); }}"
    )
    todos.eventually(lambda: [each.split()[0] for each in fired], ["script-src-attr"])
    todos.eventually(lambda: len(messages), 1)
    messages.clear()
