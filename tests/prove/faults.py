"""Seeded faults: ways in which an API may be wrong although each answer keeps its schema."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.prove.exchanges import Answer, Request, Send
from service.stores import Item, ItemMissing, Page, Position, Scalar, Scope, Values
from service.stores.sqlite import SQLiteStore
from tests.contracts import LIBRARY, TODOS, TRAITS

Tokens = Sequence[str] | None


@dataclass(frozen=True)
class Seeded:
    """A fault of a store, or between the service and whoever calls it."""

    name: str
    contract: Path = TODOS
    store: type[SQLiteStore] = SQLiteStore
    between: Callable[[Send], Send] = lambda send: send


# -- in the store ----------------------------------------------------------------------------------


class IgnoresFilters(SQLiteStore):
    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        return super().list(scope, {}, limit, after)


class ObeysOneFilter(SQLiteStore):
    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        return super().list(scope, dict([*filters.items()][:1]), limit, after)


class SkipsBetweenPages(SQLiteStore):
    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        page = super().list(scope, filters, limit, after)
        return replace(page, items=page.items[1:]) if after and page.next is None else page


class BeginsAgain(SQLiteStore):
    """Shows the last item of a page on the next one, too."""

    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        if after is not None and after.id[-1] in "01234567":
            after = Position(after.created + 1, after.id)
        return super().list(scope, filters, limit, after)


class OldestFirst(SQLiteStore):
    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        page = super().list(scope, filters, limit, after)
        return replace(page, items=page.items[::-1])


class GivesMore(SQLiteStore):
    def list(
        self, scope: Scope, filters: Mapping[str, Scalar], limit: int, after: Position | None
    ) -> Page:
        return super().list(scope, filters, min(limit + 1, 100), after)


class Updating(SQLiteStore):
    """A store whose updates go wrong."""

    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return changes, expected, removed

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Tokens,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        changes, expected, removed = self.wrong(changes, expected, removed)
        return super().update(scope, id, changes, token, expected, unexpected, removed)


class LosesUpdates(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return changes, None, removed


class ResetsOthers(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        others = [each for each in ("description", "completed") if each not in changes]
        return changes, expected, [*removed, *others]


class KeepsTime(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return {k: v for k, v in changes.items() if k != "updatedAt"}, expected, removed


class CreatesAnew(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return {**changes, "createdAt": changes["updatedAt"]}, expected, removed


class NeverRemoves(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return changes, expected, []


class StoresNull(Updating):
    def wrong(self, changes: Values, expected: Tokens, removed: Sequence[str]) -> Any:
        return {**changes, **dict.fromkeys(removed)}, expected, []


class ChecksTooEarly(SQLiteStore):
    """Looks at the version, and writes a moment later: a race loses an update."""

    def update(
        self,
        scope: Scope,
        id: str,
        changes: Values,
        token: str,
        expected: Tokens,
        unexpected: Sequence[str] = (),
        removed: Sequence[str] = (),
    ) -> Item:
        found = self.get(scope, id)
        if (expected is None or found.token in expected) and found.token not in unexpected:
            time.sleep(0.005)
            expected, unexpected = None, ()
        return super().update(scope, id, changes, token, expected, unexpected, removed)


class DeletesNothing(SQLiteStore):
    def delete(
        self, scope: Scope, id: str, expected: Tokens, unexpected: Sequence[str] = ()
    ) -> None:
        self.get(scope, id)


class DeletesAnyVersion(SQLiteStore):
    def delete(
        self, scope: Scope, id: str, expected: Tokens, unexpected: Sequence[str] = ()
    ) -> None:
        super().delete(scope, id, None)


class DeletesTwice(SQLiteStore):
    def delete(
        self, scope: Scope, id: str, expected: Tokens, unexpected: Sequence[str] = ()
    ) -> None:
        try:
            super().delete(scope, id, expected, unexpected)
        except ItemMissing:
            return


class Creating(SQLiteStore):
    """A store whose creates go wrong."""

    def wrong(self, values: Values, request: str | None) -> Any:
        return values, request

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        values, request = self.wrong(values, request)
        return super().create(scope, position, values, token, request)


class WritesInLowerCase(Creating):
    def wrong(self, values: Values, request: str | None) -> Any:
        return {**values, "title": values["title"].lower()}, request


class ForgetsBodies(Creating):
    """Takes any body for the one that a key belongs to."""

    def wrong(self, values: Values, request: str | None) -> Any:
        return values, request and "the same"

    def recall(self, scope: Scope, id: str, request: str) -> Item | None:
        return super().recall(scope, id, "the same")


class RefusesRepeats(Creating):
    def wrong(self, values: Values, request: str | None) -> Any:
        return values, request and f"{request}{time.monotonic()}"


class AnswersWithTheFirst(SQLiteStore):
    """A repeated create shows the item as it was."""

    def create(
        self, scope: Scope, position: Position, values: Values, token: str, request: str | None
    ) -> Item:
        made = super().create(scope, position, values, token, request)
        return made if made.token == token else Item({**made.values, **values}, made.token)


class FindsOthers(SQLiteStore):
    """An id is found below the path of another collection."""

    def get(self, scope: Scope, id: str) -> Item:
        try:
            return super().get(scope, id)
        except ItemMissing:
            other = "readers" if scope.collection == "books" else "books"
            return super().get(Scope(other, scope.owner), id)


# -- between the service and a client --------------------------------------------------------------


def without(header: str, *methods: str) -> Callable[[Send], Send]:
    """Loses a header of requests."""

    def between(send: Send) -> Send:
        def changed(request: Request) -> Answer | None:
            kept = {name: each for name, each in request.headers.items() if name != header}
            return send(replace(request, headers=kept) if request.method in methods else request)

        return changed

    return between


def answers(change: Callable[[Request, Answer], Answer]) -> Callable[[Send], Send]:
    def between(send: Send) -> Send:
        def changed(request: Request) -> Answer | None:
            answer = send(request)
            return None if answer is None else change(request, answer)

        return changed

    return between


def with_header(answer: Answer, name: str, value: str | None) -> Answer:
    headers = {each: text for each, text in answer.headers.items() if each != name}
    return replace(answer, headers=headers if value is None else {**headers, name: value})


def with_page(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Send], Send]:
    def changed(request: Request, answer: Answer) -> Answer:
        if request.method != "GET" or answer.status != 200 or "items" not in answer.json:
            return answer
        return replace(answer, body=json.dumps(change(answer.json)).encode())

    return answers(changed)


def _one_tag(_: Request, answer: Answer) -> Answer:
    return with_header(answer, "etag", '"1"') if "etag" in answer.headers else answer


def _no_tag(_: Request, answer: Answer) -> Answer:
    return with_header(answer, "etag", None)


def _other_head(request: Request, answer: Answer) -> Answer:
    return replace(answer, status=404) if request.method == "HEAD" else answer


def _other_location(_: Request, answer: Answer) -> Answer:
    return (
        with_header(answer, "location", "/elsewhere/7") if "location" in answer.headers else answer
    )


def _ends_early(_: Request, answer: Answer) -> Answer:
    if "link" not in answer.headers:
        return answer
    body = {name: value for name, value in answer.json.items() if name != "next"}
    return replace(with_header(answer, "link", None), body=json.dumps(body).encode())


def _problem_as_json(_: Request, answer: Answer) -> Answer:
    return (
        with_header(answer, "content-type", "application/json") if answer.status > 399 else answer
    )


def _missing_is_stale(request: Request, answer: Answer) -> Answer:
    stale = answer.status == 404 and "If-Match" in request.headers
    return replace(answer, status=412) if stale else answer


def keeps_answers(send: Send) -> Send:
    """A cache in front of single items that nothing clears."""
    kept: dict[str, Answer] = {}

    def cached(request: Request) -> Answer | None:
        answer = send(request)
        if request.method != "GET" or "?" in request.target or answer is None:
            return answer
        if answer.status == 200 and request.target.count("/") > 1:
            return kept.setdefault(request.target, answer)
        return kept.get(request.target, answer)

    return cached


def accepts_more(send: Send) -> Send:
    """What nothing describes is dropped, and not refused."""

    def lenient(request: Request) -> Answer | None:
        if request.body is None:
            return send(request)
        body = json.loads(request.body)
        body.pop("surely-undescribed", None)
        return send(replace(request, body=json.dumps(body).encode()))

    return lenient


def compares_weakly(send: Send) -> Send:
    def changed(request: Request) -> Answer | None:
        headers = {name: each.removeprefix("W/") for name, each in request.headers.items()}
        return send(replace(request, headers=headers))

    return changed


SEEDED = [
    Seeded("a filter that is ignored", store=IgnoresFilters),
    Seeded("the second of two filters that is ignored", LIBRARY, ObeysOneFilter),
    Seeded("a page that skips an item", store=SkipsBetweenPages),
    Seeded("a page that shows an item again", store=BeginsAgain),
    Seeded("a list from old to new", store=OldestFirst),
    Seeded("a page with more than the limit", store=GivesMore),
    Seeded("an update of any version", store=LosesUpdates),
    Seeded("an update that resets what it was not sent", store=ResetsOthers),
    Seeded("an update that leaves its time", store=KeepsTime),
    Seeded("an update that changes the time of creation", store=CreatesAnew),
    Seeded("a replacement that keeps what it was not sent", TRAITS, NeverRemoves),
    Seeded("a merge patch that writes null", TRAITS, StoresNull),
    Seeded("a version that is checked too early", store=ChecksTooEarly),
    Seeded("a deletion that deletes nothing", store=DeletesNothing),
    Seeded("a deletion of any version", store=DeletesAnyVersion),
    Seeded("a second deletion that succeeds", store=DeletesTwice),
    Seeded("a value that is changed when it is written", store=WritesInLowerCase),
    Seeded("a key that takes any body", store=ForgetsBodies),
    Seeded("a repetition that is refused", store=RefusesRepeats),
    Seeded("a repetition that answers with what was", store=AnswersWithTheFirst),
    Seeded("an item below the path of another collection", LIBRARY, FindsOthers),
    Seeded("a repetition that makes a second item", between=without("Idempotency-Key", "POST")),
    Seeded("a get that never says 304", between=without("If-None-Match", "GET")),
    Seeded("a change that ignores If-None-Match", between=without("If-None-Match", "PUT")),
    Seeded("a get that ignores If-Match", between=without("If-Match", "GET")),
    Seeded("a tag that never changes", between=answers(_one_tag)),
    Seeded("no tag at all", between=answers(_no_tag)),
    Seeded("a HEAD that differs", between=answers(_other_head)),
    Seeded("a Location of something else", between=answers(_other_location)),
    Seeded("a list that ends early", between=answers(_ends_early)),
    Seeded("a problem that is no problem", between=answers(_problem_as_json)),
    Seeded("a missing item that is called stale", between=answers(_missing_is_stale)),
    Seeded("a count of something else", between=with_page(lambda page: {**page, "count": 0})),
    Seeded("a cache that nothing clears", between=keeps_answers),
    Seeded("a body that is taken although it breaks the contract", between=accepts_more),
    Seeded("a weak tag that matches strongly", between=compares_weakly),
]
