"""Routing: finds the routes that a path may match without trying all of them, one by one.

Connexion tries Starlette's list of routes in order: finding the last of 600 routes would take ten
times as long as finding the first.
"""

from typing import Any, cast

from connexion.middleware.routing import RoutingMiddleware
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from service.contract.paths import prefix, prefixes


class RoutingByPrefix(RoutingMiddleware):  # type: ignore[misc]
    """Connexion's own routing, except that it tries only a few routes for each request."""

    def add_api(self, *args: Any, **kwargs: Any) -> None:
        super().add_api(*args, **kwargs)
        mount = self.router.routes[-1]
        mount.app = _Prefixes(mount.app)


class _Prefixes:
    """Replaces a router of all routes: it hands each request to a router of a few of them."""

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
