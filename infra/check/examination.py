"""The examination of a contract, step by step: what one step finds broken is left out of the next
ones, so that everything that does not depend on it is found, too."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from infra.answers import unsent_headers, with_broken_promises
from infra.check.findings import Finding, Report, Row, finding
from infra.check.openapi import SPECIFICATIONS, endless_schemas, faults_of_openapi, version
from infra.check.reach import Reach
from infra.check.repair import Repair
from infra.deploy.template import check_size
from infra.gateway.import_document import imported
from infra.generators import misleading
from infra.portability import Advice, advice
from infra.servers import remark
from service.contract.derivation import broken_components, check_version, derive
from service.contract.document import ContractError, Document, Faults, Place
from service.contract.model import Contract, Operation
from service.contract.owners import X_OWNER
from service.contract.schemas import schema_at
from service.contract.view import view
from service.loading import Functions

_MOST_ROUNDS = 10
"""Leaving out broken parts may break other parts, a few times in a row."""


def examine(document: Document, functions: Functions | None = None) -> Report:
    """A full report on a document, as its author wrote it, with the functions beside it."""
    faults: list[Finding] = []
    try:
        check_version(document)
    except ContractError as fault:
        faults.append(finding(document, fault))
        number = version(document.data)
        if number not in SPECIFICATIONS or "swagger" in document.data:
            return Report(faults=tuple(faults))
        document = replace(document, data=document.data | {"openapi": SPECIFICATIONS[number][1:]})
    try:
        return _Examination(document, faults).report(functions)
    except RecursionError:
        reason = "Its schemas are nested too deep to be understood."
        return Report(faults=(Finding(0, reason, "Move parts to components.", kind="depth"),))


def sound(document: Document) -> tuple[Document, set[Place]]:
    """A view in OpenAPI 3.0 of a document without its broken parts, and those that contain or
    refer to something broken: operations, components, paths, or whole sections."""
    examination = _Examination(document, [])
    return examination._sound(), examination.broken


class _Examination:
    def __init__(self, document: Document, faults: list[Finding]) -> None:
        self.document = document
        self.faults = faults
        """The faults of the document."""
        self.reach = Reach(document)
        self.found: dict[Place, list[Finding]] = {place: [] for place in self.reach.operations}
        """The findings of each operation that are not in its row."""
        self.repair = Repair(document, self.reach)
        self.broken: set[Place] = set()
        """The parts that contain or refer to something broken."""

    def report(self, functions: Functions | None) -> Report:
        contract = with_broken_promises(derive(self._sound()))
        if functions is not None:
            # Imported here: a contract without functions does not load what they need.
            from service.matching import with_functions

            contract, of_functions = with_functions(contract, functions)
            self.faults += [finding(contract.document, each) for each in of_functions]
        document = contract.document
        self._attribute(document, contract.faults)
        self._attribute(document, _broken_defaults(document))
        self._attribute(document, broken_components(document))
        self._check_import(contract)
        return Report(
            contract,
            tuple(self._rows(contract)),
            tuple(dict.fromkeys(self.faults)),
            tuple(_warnings(contract)),
        )

    def _attribute(self, document: Document, faults: Iterable[ContractError]) -> None:
        """Assign each fault to the operations that it concerns; all others are the document's."""
        for fault in faults:
            told = finding(document, fault)
            if self._may_come_from_repair(told.place):
                continue
            hit = self.reach.hit([told.place]) & self.found.keys()
            for place in hit:
                self.found[place].append(told)
            nothing_left = fault.kind == "no-operation" and (self.found or self.broken)
            if not hit and not nothing_left:
                self.faults.append(told)

    def _may_come_from_repair(self, place: Place) -> bool:
        """Whether a finding at a pointer may be due to something that was left out."""
        is_owner = place[:1] == ("paths",) and place[-1:] == (X_OWNER,)
        return self.repair.is_around(place) or (is_owner and self._is_near_broken(place[1]))

    def _sound(self) -> Document:
        """A view in OpenAPI 3.0 of the document, without its broken parts."""
        for _ in range(_MOST_ROUNDS):
            seen = left = self.repair.document
            faults = list(faults_of_openapi(left))
            if not faults:
                seen = view(left)
                faults = list(endless_schemas(seen))
            if not faults:
                return seen
            self._attribute(seen, faults)
            places = [seen.origin(fault.place) for fault in faults]
            self.broken |= self.reach.hit(places)
            self.repair.leave_out(places)
        return Document({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}})

    def _check_import(self, contract: Contract) -> None:
        """Find what API Gateway and CloudFormation refuse in operations that could be served."""
        contract = self._servable(contract)
        document, faults = imported(contract)
        self._attribute(contract.document, faults)
        if not faults:
            of_size = Faults()
            with of_size.collected():
                check_size(contract, document)
            self._attribute(contract.document, of_size)

    def _servable(self, contract: Contract) -> Contract:
        operations = {
            id: each
            for id, each in contract.operations.items()
            if not each.faults and not self.found[each.place]
        }
        return replace(contract, operations=operations)

    def _rows(self, contract: Contract) -> Iterator[Row]:
        read = {each.place: each for each in contract.operations.values()}
        for place in self.reach.operations:
            yield self._row(contract.document, place, read.get(place))

    def _row(self, document: Document, place: Place, operation: Operation | None) -> Row:
        _, path, method = place
        data = self.document.at(place)
        id = data.get("operationId") if isinstance(data, dict) else None
        faults, objections = self.found[place], list[Finding]()
        if operation is not None:
            faults = [*faults, *self._own(document, operation.faults)]
            if not self._is_near_broken(path):
                objections = self._own(document, operation.objections)
        return Row(
            method,
            path,
            id if isinstance(id, str) else "",
            operation,
            tuple(sorted(set(faults))),
            tuple(sorted(set(objections))),
        )

    def _own(self, document: Document, faults: Iterable[ContractError]) -> list[Finding]:
        found = [finding(document, each) for each in faults]
        return [each for each in found if not self.repair.is_around(each.place)]

    def _is_near_broken(self, path: str) -> bool:
        """Whether an operation of the same collection is broken: then it is not known what could be
        derived."""
        near = _collection(path)
        paths = (each[1] for each in self.broken if each[:1] == ("paths",) and len(each) > 1)
        return any(_collection(path) == near for path in paths)


def _collection(path: str) -> str:
    return re.sub(r"/\{[^{}]*\}$", "", path)


def _broken_defaults(document: Document) -> Iterator[ContractError]:
    for place, schema in document.schemas():
        if "default" in schema:
            try:
                faults = schema_at(document, place).faults(schema["default"])
            except ContractError:  # which is reported where the schema is read
                continue
            for fault in faults[:1]:
                yield ContractError(
                    (*place, "default"),
                    f"The default breaks its own schema: {fault.pointer} {fault.detail}.",
                    "Correct either.",
                    "broken-default",
                )


def _warnings(contract: Contract) -> list[Finding]:
    document = contract.document
    of_servers = [Advice(("servers",), *found) for found in [remark(document)] if found]
    found = {
        Finding(document.line(place), f"Warning: {reason}", remedy, document.origin(place))
        for place, reason, remedy in (
            *of_servers,
            *advice(document),
            *misleading(contract),
            *unsent_headers(contract),
        )
    }
    return sorted(found)
