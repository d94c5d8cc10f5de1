"""The static site: the page, the contract, and the reference that reads it."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from gzip import compress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import orjson

from infra.access import as_html
from infra.page import page_files, page_of
from infra.provider import Provider
from infra.published import published, published_values, told
from service.contract.derivation import derive
from service.contract.document import Document, Json

FRONTEND = Path(__file__).parent.parent / "frontend"

_TYPES = {
    "": "application/json",  # the discovery document
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",  # RFC 9512
}
_COMPRESSED = {
    _TYPES[suffix].encode() for suffix in (".css", ".html", ".js", ".json", ".svg", ".txt")
}
_COMPRESSED_SIZES = range(1_000, 10_000_001)
_GZIP = re.compile(rb"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_SWAGGER_UI = (
    "swagger-ui.css", "swagger-ui-bundle.js", "favicon-16x16.png", "favicon-32x32.png",
)  # fmt: skip

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "manifest-src 'self'; connect-src {}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


_HOST = re.compile(r"https?://[^/]+")
_WORKER = "/worker.js"
_REFERENCE = "/docs/index.html"
_ACCESS = b"<!-- who may call what -->"
_DISCOVERY = "/.well-known/openid-configuration"
OF_CALLERS = frozenset({"door.css", "door.js", "session.js"})
"""Files of the page for a contract that asks who calls."""
OF_FUNCTIONS = frozenset({"doing.js"})
"""Files of the page for a contract with functions."""
OF_SEVERAL = frozenset({"menu.js"})
"""Files of the page for a contract with several collections."""

_NOT_OF_THE_PAGE = {_WORKER, "/404.html", "/openapi.yaml", "/openapi.json"}


@dataclass(frozen=True)
class File:
    """A response that is known beforehand."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: bytes

    def is_known(self, tags: bytes) -> bool:
        """Whether a list of entity tags includes its own, compared weakly (RFC 9110, 13.1.2)."""
        return tags.strip() == b"*" or self.etag in re.split(rb"[,\s]+(?:W/)?|^W/", tags)

    def encoded(self, accepted: bytes) -> "File":
        """The file for a client that accepts these content codings (RFC 9110, 12.5.3)."""
        return self.compressed if self.compressed and _GZIP.search(accepted) else self

    @cached_property
    def compressed(self) -> "File | None":
        """The file as CloudFront sends it with gzip, if it compresses such files.

        AWS: Serve compressed files, types, sizes and conversion of ETag (read 2026-11-26).
        """
        fields = dict(self.headers)
        if (
            fields.get(b"content-type") not in _COMPRESSED
            or len(self.body) not in _COMPRESSED_SIZES
        ):
            return None
        more = {
            b"etag": b"W/" + self.etag,
            b"content-encoding": b"gzip",
            b"vary": b"accept-encoding",
        }
        return File(
            self.status, [*(fields | more).items()], compress(self.body, mtime=0), self.etag
        )


def site(
    contract: Path, document: Document, api: str = "", provider: Provider | None = None
) -> dict[str, File]:
    """Every path of the site and its response. Raises OSError.

    `api` is the URL of the API, or its path, for page, reference and clients; without it, the API
    is where the site is. People sign in at `provider`, if at all.
    """
    policy = _policy(provider)
    found = {"/docs": _redirect("/docs/")}
    for name in _SWAGGER_UI:
        body = files("flask_swagger_ui").joinpath("dist", name).read_bytes()
        found[f"/docs/{name}"] = _file(f"/docs/{name}", body, policy)
    for path in _frontend(document):
        name = f"/{path.relative_to(FRONTEND).as_posix()}"
        body = delivered(name, path.read_bytes())
        if name == _REFERENCE:
            body = body.replace(_ACCESS, as_html(derive(document)))
        found[name.removesuffix("index.html")] = _file(name, body, policy)
    for name, body in _of_api(contract, document, api, provider).items():
        found[name] = _file(name, body, policy)
    found[_WORKER] = _file(_WORKER, _worker(found), policy)
    return found


def _frontend(document: Document) -> Iterator[Path]:
    """The page's files, except those that only check it, and those that are not needed."""
    unneeded = _unneeded(page_of(document))
    for path in sorted(each for each in FRONTEND.rglob("*") if each.is_file()):
        if not path.name.endswith(".d.ts") and path.name not in unneeded:
            yield path


def _unneeded(page: Mapping[str, Json]) -> frozenset[str]:
    """The files for features that this contract does not have."""
    access, collections = page["access"], page["collections"]
    needed = {
        OF_CALLERS: access["person"] or access["key"],
        OF_FUNCTIONS: any("functions" in each for each in collections),
        OF_SEVERAL: len(collections) > 1,
    }
    return frozenset[str]().union(*(names for names, is_needed in needed.items() if not is_needed))


def delivered(name: str, body: bytes) -> bytes:
    """A file as it is sent: without indentation, and in scripts without comments for developers.

    In scripts empty lines are kept, so that line numbers are those of the source.
    """
    lines = body.split(b"\n")
    if name.endswith(".js"):
        return b"\n".join(_code(lines))
    if name.endswith((".css", ".html")):
        return b"\n".join(filter(None, (line.strip() for line in lines)))
    return body


def _code(lines: list[bytes]) -> Iterator[bytes]:
    inside = False
    for line in lines:
        text = line.strip()
        _, end, after = text.partition(b"*/")
        inside = inside or text.startswith(b"/*")
        comment = (inside and not after) or text.startswith(b"//")
        yield b"" if comment else _ANNOTATION.sub(b"", text)
        inside = inside and not end


_ANNOTATION = re.compile(rb"/\*\* @[^*]*\*/ ?")
"""A comment that gives a type to what follows it."""


def _worker(found: Mapping[str, File]) -> bytes:
    """The service worker, with the list of the page's files, and the digest of all of them."""
    files = {
        name.removeprefix("/") or "./": sha256(file.body).digest()
        for name, file in found.items()
        if file.status == 200 and "/" not in name[1:] and name not in _NOT_OF_THE_PAGE
    }
    version = b64encode(sha256(b"".join(files.values())).digest())
    values = {"FILES": orjson.dumps([*files]), "VERSION": orjson.dumps(version.decode())}
    lines = [f"const {name} = ".encode() + value + b";\n" for name, value in values.items()]
    return b"".join(lines) + found[_WORKER].body


def _of_api(
    contract: Path, document: Document, api: str, provider: Provider | None
) -> dict[str, bytes]:
    """The files about the API: what it is, where it is, and how the page calls it."""
    news = told(document, api, provider)
    copy = provider and provider.document
    return {
        "/config.js": _config(api, provider),
        "/page.webmanifest": orjson.dumps(_manifest(document)),
        **{f"/{name}": orjson.dumps(each) for name, each in page_files(document).items()},
        "/openapi.yaml": published(contract, document, news),
        "/openapi.json": orjson.dumps(published_values(document, news)),
        **({_DISCOVERY: orjson.dumps(copy)} if copy else {}),
    }


def _config(api: str, provider: Provider | None) -> bytes:
    """The page's configuration, as a module: nothing in it is a secret."""
    sign_in = provider and {
        "discovery": _DISCOVERY if provider.document else provider.discovery,
        "client": provider.client,
        "logout": provider.logout,
    }
    values = {"api": api, "signIn": sign_in}
    lines = [
        f"export const {name} = {orjson.dumps(value).decode()};\n" for name, value in values.items()
    ]
    return "".join(lines).encode()


def _manifest(document: Document) -> dict[str, Json]:
    """The manifest that makes the page an application (W3C: Web Application Manifest)."""
    return {
        "name": document.data["info"]["title"],
        "start_url": "./",
        "display": "standalone",
        "background_color": "#f6f5f1",
        "theme_color": "#f6f5f1",
        "icons": [{"src": "icon.svg", "sizes": "any", "type": "image/svg+xml"}],
    }


def _policy(provider: Provider | None) -> str:
    """The policy: pages may connect to their own server, and to one that issues their tokens."""
    host = _HOST.match(provider.token) if provider else None
    return _POLICY.format(" ".join(["'self'", *([host[0]] if host else [])]))


def _file(name: str, body: bytes, policy: str) -> File:
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "content-type": _TYPES.get(Path(name).suffix, "application/octet-stream"),
        "etag": etag,
        "cache-control": "no-cache",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return File(200, _encoded(headers), body, etag.encode())


def _redirect(target: str) -> File:
    return File(308, _encoded({"location": target}), b"", b'""')


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
