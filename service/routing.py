"""Routing: which routes of a contract a path may be for, found without trying them one by one.

Connexion routes with a list of Starlette's: the last of 600 routes would take ten times as long to
find as the first.
"""

from typing import Any, cast

from connexion.middleware.routing import RoutingMiddleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from service.contract.paths import prefix, prefixes


class RoutingByPrefix(RoutingMiddleware):  # type: ignore[misc]
    """Connexion's own routing, but that each request is tried against few of its routes."""

    def add_api(self, *args: Any, **kwargs: Any) -> None:
        super().add_api(*args, **kwargs)
        mount = self.router.routes[-1]
        mount.app = _Prefixes(mount.app)


class _Prefixes:
    """A router in the place of one with all the routes: it hands on to one with a few of them."""

    def __init__(self, router: Router) -> None:
        self._default: ASGIApp = router.default
        routes: dict[str, list[Route]] = {}
        for route in cast(list[Route], router.routes):
            routes.setdefault(prefix(route.path), []).append(route)
        self._routers = {
            each: Router(
                [route for above in prefixes(each) for route in routes.get(above, ())],
                default=self._default,
            )
            for each in routes
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for each in prefixes(scope["path"]):
            if each in self._routers:
                return await self._routers[each](scope, receive, send)
        return await self._default(scope, receive, send)
