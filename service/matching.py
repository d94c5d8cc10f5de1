"""Functions matched to operations: the row that each answers, and the objections to that."""

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

from service.contract.document import ContractError, Faults, Place
from service.contract.model import Contract, Operation
from service.contract.stated import check_problem
from service.functions import Problem
from service.hints import ANYTHING, kinds_of
from service.loading import FileFault, Function, Functions
from service.problems import members
from service.signatures import Argument, Signatures, told


def with_functions(
    contract: Contract, functions: Functions
) -> tuple[Contract, list[ContractError]]:
    """The contract with each function in its operation's row, and the faults of the functions."""
    binder = _Binder(contract, functions)
    faults = Faults(functions.faults)
    rows = dict(contract.operations)
    for name, function in functions.public:
        with faults.collected():
            operation = binder.operation(name, function)
            rows[operation.id] = replace(operation, function=function)
            faults += binder.faults(operation, function)
    bound = replace(contract, operations=rows)
    answered = [each for each in rows.values() if each.function]
    return bound, [*faults, *binder.faults_of_problems(bound, answered)]


class _Binder:
    def __init__(self, contract: Contract, functions: Functions) -> None:
        self.contract = contract
        self.file = functions.file
        self.classes = list(functions.classes)
        self.signatures = Signatures(contract)

    def operation(self, name: str, function: Function) -> Operation:
        """The one operation that a function answers. Raises ContractError."""
        found = self.signatures.names.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            ids = " and ".join(each.id for each in found)
            raise self._fault(function, f"{name} stands for {ids}.", "Rename an operation.")
        import difflib  # imported here: it is needed only if something is wrong

        close = difflib.get_close_matches(name, self.signatures.names, 1)
        meant = f"Call it {close[0]}, or, if" if close else "If"
        raise self._fault(
            function,
            f"{name} names no operation.",
            f"{meant} it is a helper, let its name begin with an underscore.",
        )

    def faults(self, operation: Operation, function: Function) -> Iterator[ContractError]:
        """The reasons not to call the function for the operation."""
        name = self.signatures.name(operation)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            yield self._fault(function, f"{name} is async, and nothing waits.", "Write plain def.")
        if inspect.isgeneratorfunction(function):
            yield self._fault(function, f"{name} yields.", "Return one value.")
        try:
            hints = get_type_hints(function)
        except Exception as error:
            yield self._fault(
                function, f"The types of {name} cannot be read: {error}.", "Import what they name."
            )
            return
        known = self.signatures.arguments(operation)
        for each in inspect.signature(function).parameters.values():
            if reason := self._objection(operation, each, known, hints):
                yield self._fault(function, f"{name}: {reason[0]}", reason[1])
        if "return" in hints:
            yield from self._wrong_answer(operation, function, hints["return"])

    def _objection(
        self,
        operation: Operation,
        each: inspect.Parameter,
        known: dict[str, list[Argument]],
        hints: dict[str, Any],
    ) -> tuple[str, str] | None:
        if each.kind not in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY):
            return f"{each} cannot be called by name.", "Name each argument."
        meant = known.get(each.name, [])
        if not meant:
            choice = f"Take {told(known)}." if known else "Remove it."
            return f"there is no {each.name!r} to take.", choice
        if len(meant) > 1:
            names = " and ".join(one.parameter.name for one in meant if one.parameter)
            return f"{each.name!r} is both {names}.", "Rename one in the contract."
        (argument,) = meant
        if not argument.required and each.default is each.empty:
            return f"{each.name!r} may be left out.", "Give it a default, such as None."
        if argument.source == "items" and (reason := self.signatures.unkept(argument.collection)):
            return f"Items cannot keep {argument.collection}: {reason}", "Keep them elsewhere."
        if argument.source == "items" and (reason := self._has_none(operation, argument)):
            return reason, "Give it security, or write 'x-owner: everyone'."
        kinds = kinds_of(hints.get(each.name, Any))
        if kinds is None or not argument.kinds <= kinds:
            return f"{each.name!r} is {_hint(argument)}.", "Correct its type."
        return None

    def _has_none(self, operation: Operation, argument: Argument) -> str | None:
        """Why the callers of an operation have no items of their own in a collection."""
        collection = self.contract.collections[argument.collection]
        if collection.caller in (None, operation.access.caller):
            return None
        return (
            f"each {collection.caller} has their own items of {collection.path}, and"
            f" {operation.id} names no {collection.caller}."
        )

    def _wrong_answer(
        self, operation: Operation, function: Function, hint: Any
    ) -> Iterator[ContractError]:
        kinds = kinds_of(hint)
        if kinds is not None and kinds >= ANYTHING - {"null"}:
            return
        answered = operation.answer
        allowed = frozenset(("null",)) if answered is None else self.signatures.kinds(answered)
        more = {"integer"} if "number" in allowed else set()
        if kinds is None or not kinds - {"answer"} <= allowed | more:
            what = "nothing" if answered is None else told(sorted(allowed))
            yield self._fault(
                function,
                f"{self.signatures.name(operation)} answers {operation.success} with {what}.",
                "Correct its return type.",
            )

    def faults_of_problems(
        self, contract: Contract, answered: Sequence[Operation]
    ) -> Iterator[ContractError]:
        """The problems that no operation with a function describes."""
        for each in self.classes:
            if not issubclass(each, Problem):
                continue
            name = each.__name__
            named = re.fullmatch(r"[a-z0-9-]+", each.name) and each.name != Problem.name
            if not named or not 400 <= each.status <= 599:
                yield self._fault(
                    each,
                    f"{name} has the status {each.status} and the name {each.name!r}.",
                    "Give it a status from 400 to 599, and a name like already-done.",
                )
            elif not any(_describes(contract, one.place, each) for one in answered):
                yield self._fault(
                    each,
                    f"No operation with a function describes {name}, a problem {each.status}.",
                    f"Describe {each.status}, or 'default', as application/problem+json.",
                )

    def _fault(self, about: Any, reason: str, remedy: str) -> FileFault:
        try:
            file = Path(inspect.getsourcefile(inspect.unwrap(about)) or self.file)
            line = _line(about)
        except (OSError, TypeError):
            file, line = self.file, 1
        return FileFault(file, line, reason, remedy)


def _line(about: Any) -> int:
    code = getattr(inspect.unwrap(about), "__code__", None)
    return code.co_firstlineno if code else inspect.getsourcelines(about)[1]


def _hint(argument: Argument) -> str:
    match argument.source:
        case "items":
            return "of type Items"
        case "caller":
            return "of type Caller"
        case "derived":
            return "of type Derived"
    return f"a JSON {told(sorted(argument.kinds))}"


def _describes(contract: Contract, place: Place, problem: type[Problem]) -> bool:
    try:
        kind = problem.kind
        check_problem(contract.document, place, members(kind, kind.detail, ()))
    except ContractError:
        return False
    return True
