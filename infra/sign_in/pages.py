"""The pages of the sign-in: one field, and a plain statement of how little it proves."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from infra.sign_in.people import LONGEST_NAME

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { display: grid; min-height: 100vh; margin: 0; place-items: center;
  background: light-dark(#f6f5f1, #17181a); color: light-dark(#22252a, #e9e8e4); }
main { box-sizing: border-box; width: min(26rem, 100%); padding: 2rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
.note { margin: 0 0 1.5rem; padding: .75rem 1rem; border-left: 4px solid #c98500;
  background: light-dark(#fff4d6, #3a2f14); }
label { display: block; font-weight: 600; }
input, button { box-sizing: border-box; width: 100%; padding: .6rem .75rem; font: inherit;
  border: 1px solid light-dark(#767676, #8f8f8f); border-radius: .5rem; }
input { margin: .25rem 0 1rem; background: light-dark(#fff, #222428); color: inherit; }
button { border-color: transparent; background: light-dark(#176b4d, #6fd3ab);
  color: light-dark(#fff, #0c2419); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid light-dark(#1a5fb4, #99c1f1); outline-offset: 2px; }
.fault { margin: 0 0 1rem; color: light-dark(#b3261e, #ffb4ab); }
"""


def policy(origins: list[str]) -> str:
    """The policy of these pages. Chromium also checks a form's redirects against `form-action`, so
    it has the application's own origins, under every name of this server."""
    style = b64encode(sha256(_STYLE.encode()).digest()).decode()
    forms = " ".join(["'self'", *origins])
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; img-src 'self'; base-uri 'none';"
        f" form-action {forms}; frame-ancestors 'none'"
    )


def form(title: str, fault: str = "") -> bytes:
    """The page that asks for a name, which it sends to its own address, with the whole request."""
    said = f'<p class="fault" role="alert">{escape(fault)}</p>' if fault else ""
    return _page(
        f"Sign in to {title}",
        '<p class="note"><strong>For this machine only.</strong> There is no password: any name'
        " signs in, and each name has its own data.</p>"
        '<form method="post">'
        f'{said}<label for="person">Your name</label>'
        '<input id="person" name="person" autocomplete="username" autocapitalize="none"'
        f' spellcheck="false" maxlength="{LONGEST_NAME}" required autofocus>'
        "<button>Sign in</button></form>",
    )


def refusal(reason: str) -> bytes:
    """The page that says why nobody can sign in like this."""
    return _page("This cannot be signed in to", f'<p class="fault">{escape(reason)}</p>')


def _page(heading: str, rest: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/icon.svg">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(heading)}</h1>{rest}</main></body></html>"
    ).encode()
