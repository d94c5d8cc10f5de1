"""What answers each operation: its rule or a function; a contract with neither is refused."""

from collections.abc import Sequence

from service.contract.document import ContractError
from service.contract.model import Contract
from service.loading import Functions


class Unserved(Exception):
    """A contract, or one of its operations, cannot be served."""

    def __init__(self, faults: Sequence[ContractError]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def bind(contract: Contract, functions: Functions | None = None) -> Contract:
    """The contract, if something answers each of its operations. Raises Unserved."""
    bound, faults = contract, list(contract.faults)
    if functions is not None:
        # Imported here: a contract without functions does not load what they need.
        from service.matching import with_functions

        bound, more = with_functions(contract, functions)
        faults += more
    is_loaded = functions is None or functions.module is not None
    for operation in bound.operations.values():
        faults += operation.faults
        if operation.function is None and is_loaded:
            faults += operation.objections
    if faults:
        raise Unserved(list(dict.fromkeys(faults)))
    return bound
