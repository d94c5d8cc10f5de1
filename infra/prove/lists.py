"""Lists: walked to the end, at once or page by page while others write."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from infra.prove import described, meanings
from infra.prove.calls import Calls, broken
from infra.prove.exchanges import Answer, Broken, Exchange, Request
from infra.prove.knowledge import Knowledge
from infra.prove.steps import Step
from infra.prove.subjects import Subject
from service.contract.model import Operation, PageShape
from service.stores import Position, Scalar, Values

_PAUSE = 0.1


@dataclass(frozen=True)
class Seen:
    """What a page showed: those of our items that are known, its size, and the next page."""

    items: list[tuple[str, Values]]
    size: int
    next: str | None


@dataclass
class Walk:
    """A walk that continues between other steps; it has to meet all of `staying`."""

    step: Step
    staying: set[str]
    target: str
    seen: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """The targets requested so far."""


class NotYet(Exception):
    """A list does not show every write; it may do so later."""

    def __init__(self, operation: Operation, what: str, reason: str) -> None:
        super().__init__(reason)
        self.fault = Broken(f"{operation.id}: {what}", reason)


class Lists:
    """Checks lists. Only items that this history made count: others may come and go."""

    def __init__(self, calls: Calls, known: Knowledge) -> None:
        self.calls = calls
        self.known = known
        self.walk: Walk | None = None
        self.lag = 0.0
        """The longest time for which a list did not show a write."""

    def whole(self, step: Step, subject: Subject, operation: Operation) -> None:
        """Check a list from first to last page: exact, once it has settled. Raises Broken."""
        while True:
            try:
                self._check(step, subject, operation)
            except NotYet as late:
                since = time.monotonic() - self.known.written
                if since >= self.calls.settings.settle:
                    raise late.fault from None
                time.sleep(_PAUSE)
                self.lag = max(self.lag, since)
            else:
                return

    def wrote(self) -> None:
        """Note a write: only items that still pass the filter count as staying."""
        if self.walk is not None:
            self.walk.staying &= {each.id for each in self._positions(self.walk.step)}

    def turn(self, step: Step, subject: Subject, operation: Operation) -> None:
        """Read one page: by the last one, items that stay are seen exactly once. Raises Broken."""
        if not subject.identifies:
            return
        if self.walk is None:
            if self.calls.settings.settle:
                self.whole(replace(step, action="list"), subject, operation)
            staying = {each.id for each in self._positions(step)}
            self.walk = Walk(step, staying, _target(step, operation))
        walk = self.walk
        if walk.step.subject != step.subject:
            return
        _expect_new(operation, walk.target, walk.asked)
        page = self.page(walk.step, subject, operation, walk.target)
        walk.seen += [id for id, _ in page.items]
        twice = {id for id in walk.seen if walk.seen.count(id) > 1}
        if twice & walk.staying or (twice and not subject.contract_only):
            broken(operation, "twice", "A walk shows an item twice.")
        if page.next is not None:
            walk.target = page.next
            return
        self.walk = None
        if missed := walk.staying - set(walk.seen):
            broken(operation, "missing", f"A walk missed {len(missed)} items that stayed put.")

    # -- a whole list ------------------------------------------------------------------------------

    def pages(self, step: Step, subject: Subject, operation: Operation) -> Iterator[Seen]:
        """The pages of a list. Raises Broken, also if a page leads back to an earlier one."""
        target: str | None = _target(step, operation)
        asked: set[str] = set()
        while target is not None:
            _expect_new(operation, target, asked)
            page = self.page(step, subject, operation, target)
            yield page
            target = page.next

    def _check(self, step: Step, subject: Subject, operation: Operation) -> None:
        """Check a whole list once. Raises NotYet, Broken."""
        due = [each.id for each in self._positions(step)]
        pages: list[Seen] = []
        for page in self.pages(step, subject, operation):
            pages.append(page)
            if subject.ordered and len(pages) > 20 and not _lacks(due, pages):
                break  # the rest was there before
        if not subject.identifies:
            return
        seen = [each for page in pages for each in page.items]
        _expect_order(subject, operation, due, [id for id, _ in seen])
        shape = page_shape(operation).shown
        for id, found in seen:
            values = self.known.model.records[id].values
            if words := meanings.difference(
                meanings.shown(subject.collection, values, shape), found
            ):
                raise NotYet(operation, "item", f"The list shows an old version: {words}.")
        if not subject.contract_only and len(step.filters) < 2:
            self._expect_sizes(step, operation, pages)

    def _expect_sizes(self, step: Step, operation: Operation, pages: Sequence[Seen]) -> None:
        """Check the sizes of pages: none follows the last one, as long as nobody else writes."""
        total = sum(len(page.items) for page in pages)
        if self.calls.api.has_company or self.known.doubtful:
            return
        limit = step.limit or page_shape(operation).size
        if len(pages) != (-(-total // limit) or 1):
            reason = f"{total} items come on {len(pages)} pages of {limit}."
            raise NotYet(operation, "pages", reason)

    def _positions(self, step: Step) -> Sequence[Position]:
        return self.known.positions(step.subject, step.caller, step.filters)

    # -- a page ------------------------------------------------------------------------------------

    def page(self, step: Step, subject: Subject, operation: Operation, target: str) -> Seen:
        """One page of a list. Raises Broken."""
        calls, shape = self.calls, page_shape(operation)
        request = Request("GET", target, calls.needed(operation), None, step.caller)
        answer = calls.api.certainly(request)
        calls.exchanges.append(Exchange(request, answer))
        described.hold(calls.document, operation, answer)
        calls.expect(operation, answer, 200, "a page is asked for")
        items = answer.json if shape.items is None else answer.json[shape.items]
        next_ = self._next(step, operation, answer)
        limit = step.limit or shape.size
        if len(items) > limit:
            broken(operation, "limit", f"The page has {len(items)} items, and may have {limit}.")
        if shape.count is not None and answer.json.get(shape.count) != len(items):
            broken(operation, "count", "The page does not tell how many items it has.")
        if next_ and len(items) < limit and len(step.filters) < 2 and not subject.contract_only:
            broken(operation, "short", "A page that is not the last is not full.")
        if step.head:
            calls.head(operation, request, answer, exact=False)
        return Seen(list(self._ours(subject, operation, items)), len(items), next_)

    def _ours(
        self, subject: Subject, operation: Operation, items: Sequence[Values]
    ) -> Iterator[tuple[str, Values]]:
        """The items made here, none of them in a version that was never current."""
        shape = page_shape(operation).shown
        for item in items:
            id = str(item.get(subject.collection.id))
            versions = self.known.versions.get(id, ())
            known = [meanings.shown(subject.collection, each, shape) for each in versions]
            self.calls.api.has_company |= not known
            if known and not any(meanings.difference(each, item) is None for each in known):
                words = meanings.difference(known[-1], item)
                broken(operation, "never", f"The list shows an item that never was so: {words}.")
            if known and id not in self.known.doubtful:
                yield id, item

    def _next(self, step: Step, operation: Operation, answer: Answer) -> str | None:
        """The target of the next page."""
        shape = page_shape(operation)
        link = _next_link(answer.headers.get("link", ""))
        cursor = answer.json.get(shape.next) if shape.next is not None else None
        both = shape.next is not None and not self.calls.settings.contract_only
        if both and (cursor is None) != (link is None):
            broken(operation, "next", "Link and the cursor in the page do not agree.")
        if link is not None and (step.by_link or cursor is None):
            return f"{operation.path}?{urlsplit(link).query}"
        return _target(step, operation, cursor) if cursor else None


def page_shape(operation: Operation) -> PageShape:
    if operation.page is None:
        raise LookupError(f"{operation.id} did not return a page.")
    return operation.page


def _expect_new(operation: Operation, target: str, asked: set[str]) -> None:
    """Raises Broken if a list leads back, as it would never end, whoever writes meanwhile."""
    if target in asked:
        broken(operation, "circle", "The list leads back to a page that was there before.")
    asked.add(target)


def _target(step: Step, operation: Operation, cursor: str | None = None) -> str:
    shape = page_shape(operation)
    query: dict[str, Scalar] = dict(step.filters)
    if step.limit is not None and shape.limit is not None:
        query[shape.limit] = step.limit
    if cursor is not None:
        query[shape.cursor] = cursor
    texts = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return f"{operation.path}?{urlencode(texts)}" if texts else operation.path


def _next_link(header: str) -> str | None:
    """The target of the link with rel=next (RFC 8288)."""
    for each in header.split(",<"):
        target, _, parameters = each.lstrip("< ").partition(">")
        if 'rel="next"' in parameters or "rel=next" in parameters:
            return target
    return None


def _lacks(due: Sequence[str], pages: Sequence[Seen]) -> set[str]:
    return {*due} - {id for page in pages for id, _ in page.items}


def _expect_order(
    subject: Subject, operation: Operation, due: Sequence[str], found: Sequence[str]
) -> None:
    """Check the order of a list. Raises NotYet."""
    if len(set(found)) < len(found):
        raise NotYet(operation, "twice", "The list shows an item twice.")
    if missing := set(due) - set(found):
        raise NotYet(operation, "missing", f"The list lacks {len(missing)} of {len(due)} items.")
    if surplus := set(found) - set(due):
        reason = (
            f"The list shows {len(surplus)} items that are deleted, or that its filter excludes."
        )
        raise NotYet(operation, "surplus", reason)
    if subject.ordered and list(found) != list(due):
        raise NotYet(operation, "order", "The list is not ordered from newest to oldest.")
