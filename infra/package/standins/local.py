"""The stand-in, in the Lambda's zip, for `werkzeug.local`: Connexion makes proxies of its context.

They are for operations that look at a global request; nothing here does. To use one is an
AttributeError.
"""

from typing import Any


class LocalProxy:
    """A proxy for what nobody asks for."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass
