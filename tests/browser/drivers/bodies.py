"""The body of a request: WebDriver BiDi does not show it, so there the page has to tell it."""

from playwright.sync_api import APIResponse, Request, Route

RECORD = """
(() => {
  const send = globalThis.fetch;
  globalThis.sentBodies = {};
  globalThis.fetch = (target, options = {}) => {
    const { method, body, headers } = options;
    const key = headers?.["Idempotency-Key"] ?? "";
    if (body) sentBodies[`${method} ${new URL(target, location.href)} ${key}`] = String(body);
    return send(target, options);
  };
})()
"""
"""For the pages of a driver that does not show them; the last of each method, address and key."""


def body_of(request: Request) -> str | None:
    if request.method in ("GET", "DELETE"):
        return None
    if request.post_data:
        return request.post_data
    name = f"{request.method} {request.url} {request.headers.get('idempotency-key', '')}"
    found: str | None = request.frame.evaluate("(name) => sentBodies[name]", name)
    return found


def fetched(route: Route) -> APIResponse:
    """What the service answers to a request as it was sent."""
    hidden = None if route.request.post_data else body_of(route.request)
    return route.fetch(post_data=hidden) if hidden else route.fetch()
