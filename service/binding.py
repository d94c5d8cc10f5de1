"""What answers each operation: its rule, or a function; one without either is refused."""

from collections.abc import Sequence

from service.contract.document import ContractError
from service.contract.model import Contract


class Unserved(Exception):
    """A contract, or some operation of it, cannot be served."""

    def __init__(self, faults: Sequence[ContractError]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def bind(contract: Contract) -> Contract:
    """The contract, if something answers each of its operations. Raises Unserved."""
    faults = list(contract.faults)
    for operation in contract.operations.values():
        faults += operation.faults
        if operation.function is None:
            faults += operation.objections
    if faults:
        raise Unserved(list(dict.fromkeys(faults)))
    return contract
