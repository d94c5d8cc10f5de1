"""The application: Connexion's middleware around the operations of one contract."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from connexion.middleware.main import ConnexionMiddleware
from connexion.resolver import Resolver
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from service.call import CALL, Answer, Call
from service.contract.model import Contract
from service.contract.paths import prefix, prefixes, route, slots
from service.cors import ANY_ORIGIN, common_headers
from service.operations import Operations
from service.problems import MethodNotAllowed, NoSuchPath, Problem, body_of, problem_of
from service.routing import RoutingByPrefix
from service.stores import Store
from service.validation import ValidationMiddleware

FAILURE = "service.failure"
"""The key, in a scope's extensions, of the exception that ended the request in a 5xx."""


def create_app(contract: Contract, store: Store, origin: str = ANY_ORIGIN) -> ASGIApp:
    """An ASGI application that serves the contract from the store.

    `origin` is the one origin whose pages may read the responses, or `*` for every origin.
    Its `lifespan.startup` builds everything that no request should have to wait for.
    """
    answer = _answerer(contract, Operations(store))
    answers = Answers(origin)
    app: Any = ConnexionMiddleware(
        partial(_dispatch, answer, answers),
        import_name="service",
        middlewares=[
            partial(ProblemMiddleware, contract=contract, answers=answers),
            RoutingByPrefix,
            ValidationMiddleware,
        ],
        resolver=Resolver(lambda _: answer),
    )
    app.add_api(routes(contract), base_path="", contract=contract)
    return cast(ASGIApp, app)


def _answerer(contract: Contract, operations: Operations) -> Callable[[Call], Answer]:
    if not any(each.function for each in contract.operations.values()):
        return operations.answer
    # Imported here: a contract without functions does not load what they need.
    from service.invocation import answerer

    return answerer(contract, operations)


def routes(contract: Contract) -> dict[str, Any]:
    """The part of a contract that Connexion routes by: paths, methods, operation ids.

    Schemas are left out: `derive` compiles them once, and Connexion would check and copy them
    again at every start. So are servers, which Connexion would treat as a base path.
    Static segments come before parameters, in the order in which API Gateway matches them.
    """
    paths: dict[str, dict[str, Any]] = {}
    responses = {"default": {"description": "As the contract says"}}  # copied once, as it is one
    for operation in sorted(contract.operations.values(), key=lambda each: "{" in each.path):
        path = route(operation.path)
        if path not in paths:
            paths[path] = {
                "parameters": [
                    {"name": slot, "in": "path", "required": True, "schema": {"type": "string"}}
                    for slot in slots(operation.path).values()
                ]
            }
        paths[path][operation.method] = {"operationId": operation.id, "responses": responses}
    info = {"title": contract.title, "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths}


class ProblemMiddleware:
    """The outermost middleware: it turns whatever goes wrong inside into a problem."""

    def __init__(self, app: ASGIApp, contract: Contract, answers: "Answers") -> None:
        self.app = app
        self.contract = contract
        self.answers = answers
        self._templates: dict[str, list[list[str]]] = {}
        """Paths as lists of segments, by their prefix."""
        for path in contract.methods:
            self._templates.setdefault(prefix(path), []).append(path.split("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # lifespan: the stack is already built
            return
        try:
            _check_path(scope["path"])
            self._check_method(scope["path"], scope["method"])
            await self.app(scope, receive, send)
        except HTTPException:  # only the router raises one here, for a wrong method
            await self._tell(self._routing_error(scope), scope, send)
        except Exception as error:
            await self._tell(error, scope, send)

    def _check_method(self, path: str, method: str) -> None:
        """A fixed path takes precedence over one with a variable, whatever the method."""
        methods = self.contract.methods.get(path)
        if methods is not None and method not in methods:
            raise MethodNotAllowed(methods)

    def _routing_error(self, scope: Scope) -> Problem:
        """The error for a wrong method: Starlette knows one route only, the contract knows all."""
        segments = scope["path"].split("/")
        for each in prefixes(scope["path"]):
            for template in self._templates.get(each, ()):
                if len(template) == len(segments) and all(map(_fits, template, segments)):
                    return MethodNotAllowed(self.contract.methods["/".join(template)])
        return NoSuchPath()

    async def _tell(self, error: Exception, scope: Scope, send: Send) -> None:
        problem = problem_of(error)
        if problem.kind.status >= 500:
            scope["extensions"][FAILURE] = error
        answer = Answer(problem.kind.status, body_of(problem), problem.headers)
        await self.answers.send(answer, send, b"application/problem+json")


def _fits(template: str, segment: str) -> bool:
    return template == segment or template.startswith("{")


def _check_path(path: str) -> None:
    """Refuse other spellings of a path: Starlette would redirect, or ignore a final line feed."""
    if path == "/":
        return
    if path[:1] != "/" or path[-1] == "/" or "//" in path or "\n" in path:
        raise NoSuchPath()


async def _dispatch(
    answer: Callable[[Call], Answer], answers: "Answers", scope: Scope, _: Receive, send: Send
) -> None:
    """Connexion's innermost application: it calls the operation."""
    call = scope.get(CALL)
    if call is None:
        raise NoSuchPath()
    await answers.send(answer(call), send, b"application/json")


class Answers:
    """Sends responses, with the headers that all of them have."""

    def __init__(self, origin: str) -> None:
        self._common = [_field(*header) for header in common_headers(origin).items()]

    async def send(self, answer: Answer, send: Send, content_type: bytes) -> None:
        headers = [*self._common, *(_field(*header) for header in answer.headers.items())]
        if answer.body is not None:
            headers.append((b"content-type", content_type))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body or b""})


def _field(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode("latin-1")
