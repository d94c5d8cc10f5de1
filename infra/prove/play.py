"""The play of a history: each step is called, and each response compared with the model."""

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from infra.prove import meanings, tags
from infra.prove.calls import Calls, broken
from infra.prove.exchanges import NOBODY, Answer, Broken, Request
from infra.prove.journal import Journal
from infra.prove.knowledge import Knowledge
from infra.prove.lists import Lists
from infra.prove.steps import Step
from infra.prove.subjects import KEY, Subject
from service.contract.model import Operation
from service.stores import (
    Filters,
    ItemMissing,
    KeyReused,
    Position,
    Scope,
    StoreError,
    TokenStale,
    Values,
)

_STATUSES: dict[type[StoreError], int] = {ItemMissing: 404, TokenStale: 412, KeyReused: 422}
_NO_ID = "00000000-0000-4000-8000-00000000dead"
_NO_NUMBER = str(2**53 - 2)


class Play:
    """Plays steps on fresh items of its own. `close` deletes them again."""

    def __init__(
        self, calls: Calls, subjects: Sequence[Subject], filters: Filters, journal: Journal
    ) -> None:
        self.calls = calls
        self.subjects = {each.name: each for each in subjects}
        self.journal = journal
        owned = [each.name for each in subjects if each.collection.owned]
        self.known = Knowledge(filters, calls.settings, owned)
        self.lists = Lists(calls, self.known)
        self.lost = 0
        """Creates of which it is unknown whether they made something."""
        self._made: dict[str, tuple[Subject, int]] = {}

    def run(self, steps: Sequence[Step]) -> None:
        """Play these steps. Raises Broken, Unreachable."""
        actions: Mapping[str, Callable[[Step, Subject, Operation], None]] = {
            "create": self.create,
            "get": self.get,
            "update": self.update,
            "delete": self.delete,
            "list": self.lists.whole,
            "turn": self.lists.turn,
            "anonymous": self.anonymous,
        }
        for index, step in enumerate(steps):
            subject = self.subjects[step.subject]
            try:
                actions[step.action](step, subject, subject.operations[step.operation])
            except Broken as fault:
                fault.exchanges, fault.step = list(self.calls.exchanges), index
                raise

    def close(self) -> list[str]:
        """Delete what was made, and return the paths of what has to stay. Raises Unreachable."""
        staying = []
        for id, (subject, caller) in self._made.items():
            path = subject.path(id)
            if subject.delete is None:
                staying.append(path)
                continue
            headers = self.calls.needed(subject.delete)
            self.calls.api.certainly(Request("DELETE", path, headers, None, caller))
            self.journal.gone(path)
        self._made = {}
        return staying

    # -- create ------------------------------------------------------------------------------------

    def create(self, step: Step, subject: Subject, operation: Operation) -> None:
        known = None if step.key is None else self.known.keys.get(step.key)
        if known is not None and not self._may_repeat(subject, known):
            return
        request = self.create_request(step, subject, operation)
        keyed = step.key is not None and not step.refused
        create = self.journal.begins(request) if keyed else None
        answer = self.calls.answered(operation, request, repeats=keyed or step.refused)
        if answer is None:
            self.lost += 1
        elif step.refused:
            self.calls.expect_refusal(operation, answer)
        else:
            self.created(step, subject, operation, answer)
        if create is not None:
            self.journal.ended(create)

    def _may_repeat(self, subject: Subject, id: str) -> bool:
        """Whether a repeat's result is known: no contract says how long a key outlives its item."""
        if id in self.known.doubtful:
            return False
        return not subject.contract_only or self.known.record(id) is not None

    def create_request(self, step: Step, subject: Subject, operation: Operation) -> Request:
        headers = {"Content-Type": step.media_type, **self.calls.needed(operation)}
        if step.key is not None:
            headers[KEY] = f"{self.calls.nonce}-{step.key}"
        return Request("POST", subject.collection.path, headers, _sent(step), step.caller)

    def created(self, step: Step, subject: Subject, operation: Operation, answer: Answer) -> None:
        known = None if step.key is None else self.known.keys.get(step.key)
        record = None if known is None else self.known.record(known)
        fingerprint = json.dumps(step.body)
        if record is not None and record.request != fingerprint:
            self.calls.expect(operation, answer, 422, "the key belongs to another body")
            return
        why = "the key belongs to this body" if record else "the body keeps the contract"
        self.calls.expect(operation, answer, int(operation.success), why)
        id = _id_in(operation, subject, answer)
        if record is not None and id != known:
            broken(operation, "repeat", "The same create with the same key made a second item.")
        if record is None:
            if id in self.known.versions and id != known:
                broken(operation, "id", "A create returned the id of another item.")
            self._remember(step, subject, id)
            values = {
                **meanings.created(subject.collection, step.body),
                subject.collection.id: int(id) if subject.collection.integer_ids else id,
            }
            self.known.model.create(
                self._scope(step), Position(0, id), values, answer.tag or "", fingerprint
            )
            self.known.wrote(operation, id, answer.tag)
        self.known.expect_item(operation, subject, id, answer)
        self._look_at_rest(step, subject, id)
        self.known.place(subject, id)
        self._wrote()

    def _remember(self, step: Step, subject: Subject, id: str) -> None:
        self.known.ids[step.number] = id
        self._keep(subject, id, step.caller)
        if step.key is not None:
            self.known.keys[step.key] = id

    def journal_created(self, subject: Subject, operation: Operation, answer: Answer) -> None:
        """Record what was made: it has to be deleted, even if the response turns out wrong."""
        self._keep(subject, _id_in(operation, subject, answer), 0)

    def _keep(self, subject: Subject, id: str, caller: int) -> None:
        if id not in self._made:
            self._made[id] = (subject, caller)
            self.journal.made(subject.path(id), caller)

    def _look_at_rest(self, step: Step, subject: Subject, id: str) -> None:
        """Get an item if a write did not show all that the service chose."""
        if subject.get is None or not self.known.is_unbound(id):
            return
        request = Request(
            "GET", subject.path(id), self.calls.needed(subject.get), None, step.caller
        )
        answer = self.calls.answered(subject.get, request, repeats=True)
        if answer is not None:
            self.calls.expect(subject.get, answer, 200, "the item was written just now")
            self.known.expect_item(subject.get, subject, id, answer)

    def anonymous(self, step: Step, subject: Subject, operation: Operation) -> None:
        """A call without credentials to an operation that requires them."""
        path = subject.collection.path if step.number < 0 else subject.path(_NO_ID)
        headers = {"Content-Type": step.media_type} if step.body is not None else {}
        body = _sent(step) if step.body is not None else None
        request = Request(operation.method.upper(), path, headers, body, NOBODY)
        answer = self.calls.answered(operation, request, repeats=True)
        if answer is not None:
            self.calls.expect(operation, answer, 401, "nobody says who calls")

    # -- one item ----------------------------------------------------------------------------------

    def get(self, step: Step, subject: Subject, operation: Operation) -> None:
        request = self._request(step, subject, operation)
        if request is None:
            return
        answer = self.calls.answered(operation, request, repeats=True)
        if answer is None:
            return
        id = self.known.ids.get(step.number, "")
        due = self._status_of_get(step, id)
        self.calls.expect(operation, answer, due, _why(step, due))
        if answer.status == 200:
            self.known.expect_item(operation, subject, id, answer)
        if answer.status == 304 and answer.body:
            broken(operation, "304", "A 304 response has a body.")
        if answer.status == 304 and answer.tag not in (None, self.known.model.records[id].token):
            broken(operation, "tag", "A 304 response has a different tag from the item.")
        if step.head:
            self.calls.head(operation, request, answer, exact=True)

    def _status_of_get(self, step: Step, id: str) -> int:
        record = self.known.record(id)
        if record is None or record.scope != self._scope(step):
            return 404
        return tags.status_of_get(self._tags(step, id), record.token)

    def update(self, step: Step, subject: Subject, operation: Operation) -> None:
        request = self._request(step, subject, operation)
        if request is None:
            return
        answer = self.calls.answered(operation, request, repeats=step.refused)
        if step.refused and answer is not None:
            self.calls.expect_refusal(operation, answer)
            return
        id = self.known.ids.get(step.number, "")
        changes, removed = meanings.effects(subject, operation, step)
        accepted = tags.accepted(self._tags(step, id))
        if answer is None:
            self._doubt(step, subject, id, changes, removed)
            return
        token, scope = answer.tag or "", self._scope(step)
        due = _status(
            lambda: self.known.model.update(scope, id, changes, token, *accepted, removed)
        )
        self._expect(operation, step, answer, due)
        if due is None:
            self.known.wrote(operation, id, answer.tag)
            self.known.expect_item(operation, subject, id, answer)
            self._look_at_rest(step, subject, id)
            self._wrote()

    def delete(self, step: Step, subject: Subject, operation: Operation) -> None:
        request = self._request(step, subject, operation)
        if request is None:
            return
        answer = self.calls.answered(operation, request)
        id = self.known.ids.get(step.number, "")
        if answer is None:
            self._doubt(step, subject, id, None, [])
            return
        accepted = tags.accepted(self._tags(step, id))
        due = _status(lambda: self.known.model.delete(self._scope(step), id, *accepted))
        self._expect(operation, step, answer, due)
        if answer.body and due is None:
            broken(operation, "body", "The response to a deletion has a body.")
        self._wrote()

    def _expect(self, operation: Operation, step: Step, answer: Answer, due: int | None) -> None:
        status = int(operation.success) if due is None else due
        unsaid = status == 404 and step.tags and self.calls.settings.contract_only
        allowed = {404, 412} if unsaid else {status}  # RFC 9110, 13.1.1
        self.calls.expect(operation, answer, allowed, _why(step, due))

    def _request(self, step: Step, subject: Subject, operation: Operation) -> Request | None:
        """The request; None if the item was never made, or its state is unknown."""
        id = self.known.ids.get(step.number)
        below = self.subjects[step.astray] if step.astray else subject
        if not self._can_be_meant(step, id) or not _has_alike(below, subject, operation):
            return None
        headers = {
            **self.calls.needed(operation),
            **{name: ", ".join(each) for name, each in self._tags(step, id or "").items()},
        }
        if operation.bodies:
            headers["Content-Type"] = step.media_type
        if id is None:
            id = _NO_NUMBER if subject.collection.integer_ids else _NO_ID
        path = below.path(id.upper() if step.spelled else id)
        body = _sent(step) if operation.bodies else None
        return Request(operation.method.upper(), path, headers, body, step.caller)

    def _can_be_meant(self, step: Step, id: str | None) -> bool:
        if id is None:
            return step.number < 0
        return id not in self.known.doubtful and bool(self.known.tags.get(id) or not step.tags)

    def _tags(self, step: Step, id: str) -> dict[str, list[str]]:
        record = self.known.record(id)
        return tags.written(step.tags, record.token if record else None, self.known.earlier(id))

    def _scope(self, step: Step) -> Scope:
        return self.known.scope(step.astray or step.subject, step.caller)

    def _wrote(self) -> None:
        self.known.answered()
        self.lists.wrote()

    def _doubt(
        self, step: Step, subject: Subject, id: str, changes: Values | None, removed: Sequence[str]
    ) -> None:
        """An unanswered write may have happened or not; from then on the item is not checked."""
        record = self.known.model.records.pop(id, None)
        if record is None:
            return
        self.known.doubtful.add(id)
        self._wrote()
        either = [record.values]
        if changes is not None:
            kept = {name: value for name, value in record.values.items() if name not in removed}
            either.append(kept | changes)
            self.known.versions[id].append(either[-1])
        if subject.get is None or subject.get.shown is None:
            return
        request = Request(
            "GET", subject.path(id), self.calls.needed(subject.get), None, step.caller
        )
        answer = self.calls.answered(subject.get, request, repeats=True)
        if answer is None or (answer.status == 404 and changes is None):
            return
        self.calls.expect(subject.get, answer, 200, "the item is there, changed or not")
        found = meanings.unwrapped(answer.json, subject.get.shown) or {}
        dues = [meanings.shown(subject.collection, each, subject.get.shown) for each in either]
        if all(meanings.difference(due, found) for due in dues):
            broken(subject.get, "item", "A write without a response left neither of two versions.")


def _has_alike(below: Subject, subject: Subject, operation: Operation) -> bool:
    """Whether an id of one subject can be requested below another's path in the same way."""
    if below is subject:
        return True
    methods = {each.method for each in below.operations.values() if each.rule and each.rule.of_item}
    same_ids = below.collection.integer_ids == subject.collection.integer_ids
    return same_ids and operation.method in methods and not operation.bodies


def _id_in(operation: Operation, subject: Subject, answer: Answer) -> str:
    """The id of a new item, from its Location or from the item shown."""
    location = answer.headers.get("location")
    named = urlsplit(location).path.rpartition("/")[2] if location else None
    shown = None
    if operation.shown is not None and answer.body:
        item = meanings.unwrapped(answer.json, operation.shown) or {}
        shown = item.get(subject.collection.id)
    if not location and not subject.contract_only:
        broken(operation, "Location", "The response to a create has no Location.")
    if named and shown is not None and named != str(shown):
        broken(operation, "Location", "Location names another item than the response shows.")
    found = named if shown is None else str(shown)
    if not found:
        broken(operation, "id", "Nothing in the response names the new item.")
    return found


def _sent(step: Step) -> bytes:
    return json.dumps(step.body, ensure_ascii=False).encode()


def _status(call: Callable[[], object]) -> int | None:
    """The status that the model expects; None for a success."""
    try:
        call()
    except StoreError as error:
        return _STATUSES[type(error)]
    return None


def _why(step: Step, due: int | None) -> str:
    match due:
        case 404:
            return "there is no such item"
        case 412:
            return "a precondition asks for another version"
        case 304:
            return "If-None-Match names the version that is there"
    return "the item is there" + (", in a version that is asked for" if step.tags else "")
