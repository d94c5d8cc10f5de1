"""The stand-in, in the Lambda's zip, for `botocore.docs.docstring`: nobody asks for help there.

botocore gives every method of a client a text, which it would write when somebody reads it, with
a dozen modules that it imports for that. Here the text is empty.
"""

from typing import Any, Self


class _Empty(str):
    """Takes what the text would be written from."""

    __slots__ = ()

    def __new__(cls, *_: Any, **__: Any) -> Self:
        return super().__new__(cls)


class ClientMethodDocstring(_Empty):
    """What a method of a client does."""

    __slots__ = ()


class PaginatorDocstring(_Empty):
    """What a paginator does."""

    __slots__ = ()


class WaiterDocstring(_Empty):
    """What a waiter does."""

    __slots__ = ()
