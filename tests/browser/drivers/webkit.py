"""Debian's WebKitGTK, by WebDriver, in the words of Playwright that the tests use.

Each context is a browser of its own, in a window system that nobody sees, with a network of its
own. It forgets everything when it ends, as every WebKitGTK that is automated does.
"""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.browser.drivers.clock import Clock
from tests.browser.drivers.locators import Finder
from tests.browser.drivers.network import Awaited, Filter, Handler, Network, Proxy
from tests.browser.drivers.programs import Program
from tests.browser.drivers.scripts import EMPTY
from tests.browser.drivers.webdriver import Hung, Session
from tests.engines import free_port

DRIVER = Program("WebKitGTK", ("WebKitWebDriver",), ("webkit2gtk-driver",))
DISPLAY = Program("WebKitGTK, which needs a display", ("Xvfb",), ("xvfb",))

_START_SECONDS = 300
_KEYS = {
    "Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "Delete": "\ue017", "Space": " ",
    "Backspace": "\ue003", "ArrowUp": "\ue013", "ArrowDown": "\ue015", "Control": "\ue009",
    "Alt": "\ue00a", "Shift": "\ue008", "ControlOrMeta": "\ue009",
}  # fmt: skip
"""WebDriver, 17.4.2."""

_VIEWPORT = {"width": 1280, "height": 720}
_THEMES = {"light": "Adwaita", "dark": "Adwaita:dark"}

_EMPTY = """
localStorage.clear();
sessionStorage.clear();
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = reject;
  setTimeout(reject, 5_000, "Another page has the database.");
});
for (const { name } of await indexedDB.databases()) {
  const database = await done(indexedDB.open(name));
  for (const store of database.objectStoreNames) {
    await done(database.transaction(store, "readwrite").objectStore(store).clear());
  }
  database.close();
}
"""
"""Databases stay, and empty: a page that went may still be kept for Back, with its connection."""


@contextmanager
def running() -> Iterator["Browser"]:
    """A browser, or rather what starts one for each context. Raises NoBrowser."""
    driver = DRIVER.path()
    with _display() as display, TemporaryDirectory(prefix="webkit-") as folder:
        settings = Path(folder, "gtk-3.0", "settings.ini")
        settings.parent.mkdir()
        settings.write_text("[Settings]\ngtk-enable-animations=0\n")
        yield Browser(driver, display, still=folder)


@contextmanager
def _display() -> Iterator[str]:
    reading, writing = os.pipe()
    command = [DISPLAY.path(), "-displayfd", str(writing), "-screen", "0", "1600x1200x24"]
    process = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as said:
            yield f":{said.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


class Browser:
    """Starts browsers."""

    def __init__(self, driver: str, display: str, still: str) -> None:
        self._driver = driver
        # In the locale C its words are English and its numbers have groups, whatever is installed.
        self._environ = {**os.environ, "DISPLAY": display, "LC_ALL": "C"}
        self._still = still

    def new_context(
        self,
        *,
        viewport: dict[str, int] | None = None,
        service_workers: str = "allow",
        locale: str = "en-GB",  # noqa: ARG002 - it speaks English always
        timezone_id: str = "UTC",
        color_scheme: str = "light",
        reduced_motion: str = "no-preference",
    ) -> "Context":
        network = Network()
        proxy = Proxy(network)
        environ = {"TZ": timezone_id, "GTK_THEME": _THEMES[color_scheme]}
        if reduced_motion == "reduce":
            environ["XDG_CONFIG_HOME"] = self._still
        session = self._session(f"127.0.0.1:{proxy.server_port}", environ)
        return Context(session, network, proxy, viewport or _VIEWPORT, service_workers)

    def _session(self, proxy: str, environ: dict[str, str]) -> Session:
        """A browser that has started; one that hangs instead, as this one may, is started anew."""
        manual = {"proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy}
        # A script's time would be that of the page, which a test may move.
        capabilities = {
            "proxy": manual,
            "timeouts": {"script": None},
            "unhandledPromptBehavior": "ignore",
        }
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            session = self._driven(environ)
            with suppress(Hung):
                session.begin(capabilities)
                return session
        raise AssertionError("WebKitWebDriver does not answer.")

    def _driven(self, environ: dict[str, str]) -> Session:
        """What speaks to a driver, which listens by now."""
        port = free_port()
        command = [self._driver, f"--port={port}", "--host=127.0.0.1"]
        process = subprocess.Popen(
            command, env={**self._environ, **environ}, start_new_session=True
        )
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(port):
            assert time.monotonic() < deadline, "WebKitWebDriver does not listen."
            time.sleep(0.02)
        return Session(port, process)

    def close(self) -> None:
        """Each context is closed by whoever has made it."""


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))


@dataclass(frozen=True)
class Said:
    """What a page says in its console."""

    text: str

    @property
    def error(self) -> str:
        return self.text


class Dialog:
    """A question of a page, which waits for the answer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.message: str = session.get("/alert/text")

    def accept(self) -> None:
        self._session.post("/alert/accept")

    def dismiss(self) -> None:
        self._session.post("/alert/dismiss")


class Context:
    """One browser, and the pages in it."""

    def __init__(
        self,
        session: Session,
        network: Network,
        proxy: Proxy,
        viewport: dict[str, int],
        service_workers: str,
    ) -> None:
        self.session = session
        self.network = network
        self.pages: list[Page] = []
        self.clock = Clock(
            lambda script: [page.run(script) for page in self.pages], network.scripts
        )
        self._proxy = proxy
        self._viewport = viewport
        self._spare = [session.get("/window")]
        self._current = ""
        if service_workers == "block":
            network.route(re.compile(r"/worker\.js$"), lambda route: route.fulfill(status=404))

    def _run_everywhere(self, script: str) -> None:
        for page in self.pages:
            page.run(script)

    def new_page(self) -> "Page":
        self.pages.append(Page(self, self._spare.pop() if self._spare else self._new_window()))
        self.pages[-1].set_viewport_size(self._viewport)
        return self.pages[-1]

    def forget(self, page: "Page") -> None:
        """Before a window closes; the browser would end with its last."""
        self.pages.remove(page)
        if not self.pages:
            self._spare.append(self._new_window())

    def _new_window(self) -> str:
        found: str = self.session.post("/window/new", {"type": "window"})["handle"]
        return found

    def switch(self, handle: str) -> Session:
        """Makes a window the one that commands are for."""
        if handle != self._current:
            self.session.post("/window", {"handle": handle})
            self._current = handle
        return self.session

    def set_offline(self, offline: bool) -> None:
        self.network.offline = offline
        event = "offline" if offline else "online"
        for page in self.pages:
            page.run(f"dispatchEvent(new Event('{event}'))")

    def close(self) -> None:
        self.session.end()
        self._proxy.end()

    def on(self, event: str, listener: Callable[[Any], object]) -> None:
        """Hears what a page writes into its console, and its errors."""
        self.network.scripts.hear(event, lambda text: listener(Said(text)))

    def expose_function(self, name: str, function: Callable[..., object]) -> None:
        self.network.scripts.expose(name, function)

    def clear_cookies(self) -> None:
        """Those of the address that is open."""
        self.pages[0].session().call("DELETE", "/cookie")

    def set_default_timeout(self, timeout: float) -> None:
        """The patience of locators is their own."""


class Keyboard:
    """Real keys, pressed and released."""

    def __init__(self, page: "Page") -> None:
        self._page = page

    def press(self, keys: str) -> None:
        names = re.findall(r"[^+]+|\+$", keys)
        downs = [_key("keyDown", name) for name in names]
        ups = [_key("keyUp", name) for name in reversed(names)]
        self._page.session().act("key", *downs, *ups)

    def down(self, key: str) -> None:
        self._page.session().act("key", _key("keyDown", key))

    def type(self, text: str) -> None:
        steps = [_key(kind, letter) for letter in text for kind in ("keyDown", "keyUp")]
        self._page.session().act("key", *steps)


def _key(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "value": _KEYS.get(name, "\ue007" if name == "\n" else name)}


def _pattern(glob: str) -> re.Pattern[str]:
    """What Playwright means by `**` and `*`."""
    parts = {"**": ".*", "*": "[^/]*"}
    return re.compile(
        "".join(parts.get(each) or re.escape(each) for each in re.split(r"(\*\*?)", glob)) + "$"
    )


class Page(Finder):
    """One window."""

    def __init__(self, context: Context, handle: str) -> None:
        super().__init__(self, [])
        self.context = context
        self.clock = context.clock
        self.keyboard = Keyboard(self)
        self._handle = handle
        self._routes: list[tuple[re.Pattern[str], Handler]] = []

    def session(self) -> Session:
        return self.context.switch(self._handle)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.session().run(
            f"return (async function () {{ {script} }}).apply(null, arguments)", *arguments
        )

    def press(self, keys: str) -> None:
        self.keyboard.press(keys)

    def evaluate(self, function: str, value: Any = None) -> Any:
        script = f"const f = {function}; return typeof f === 'function' ? f(arguments[0]) : f"
        return self.run(script, value)

    def wait_for_function(self, function: str, *, timeout: float = 60_000) -> None:
        deadline = time.monotonic() + timeout / 1000
        while not self.evaluate(function):
            assert time.monotonic() < deadline, function
            time.sleep(0.02)

    def wait_for_timeout(self, timeout: float) -> None:
        """Meanwhile a dialog may be answered."""
        time.sleep(timeout / 1000)
        self.session().get("/url")

    def add_init_script(self, script: str) -> None:
        """For every page of the browser."""
        self.context.network.scripts.add(lambda: script)

    # -- where it is -------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        found: str = self.session().get("/url")
        return found

    def goto(self, url: str) -> None:
        self.session().post("/url", {"url": url})

    def reload(self) -> None:
        self.session().post("/refresh")

    def go_back(self) -> None:
        self.session().post("/back")

    def go_forward(self) -> None:
        self.session().post("/forward")

    def bring_to_front(self) -> None:
        self.session()

    def close(self, *, run_before_unload: bool = False) -> None:  # noqa: ARG002 - it always does
        self.context.forget(self)
        self.session().call("DELETE", "/window")

    def set_viewport_size(self, size: dict[str, int]) -> None:
        """A window is larger than what it shows."""
        for _ in range(2):
            more = self.run("return [outerWidth - innerWidth, outerHeight - innerHeight]")
            rect = {"width": size["width"] + more[0], "height": size["height"] + more[1]}
            self.session().post("/window/rect", rect)

    # -- what it asks for --------------------------------------------------------------------------

    def route(self, wanted: re.Pattern[str] | str, handler: Handler) -> None:
        pattern = wanted if isinstance(wanted, re.Pattern) else _pattern(wanted)
        self._routes.append((pattern, handler))
        self.context.network.route(pattern, handler)

    def unroute_all(self, behavior: str = "default") -> None:  # noqa: ARG002
        for route in self._routes:
            self.context.network.routes.remove(route)
        self._routes.clear()

    def on(self, event: str, listener: Callable[[Any], object]) -> None:
        """Tells of requests, responses and dialogs, of every page of the browser."""
        if event == "dialog":
            self.context.session.prompted = lambda: listener(Dialog(self.context.session))
        else:
            self.context.network.listeners[event].append(listener)

    def expect_response(self, wanted: Filter) -> Awaited:
        return self.context.network.expect("response", wanted)

    def expect_request(self, wanted: Filter) -> Awaited:
        return self.context.network.expect("request", wanted)


def empty(page: Any, origin: str) -> None:
    """What the browser keeps of an origin, and what a test has made of it, is gone, or Refused."""
    page.session().call("DELETE", "/actions")
    page.context.network.scripts.clear()
    page.clock.reset()
    page.goto(origin + EMPTY)
    page.run(_EMPTY)
    page.goto("about:blank")
