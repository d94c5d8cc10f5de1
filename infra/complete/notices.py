"""What existing clients notice of what was written, one line for each kind."""

from collections import Counter
from enum import Enum


class Notice(Enum):
    """One kind, with its text for one and for several."""

    ERROR_CONTENT = (
        "error answers with a problem (RFC 9457) instead of its content",
        "errors answer with a problem (RFC 9457) instead of their content",
    )
    MEDIA_TYPE = (
        "media type is removed: application/json remains",
        "media types are removed: application/json remains",
    )
    CLOSED_BODY = (
        "body refuses properties that are not described",
        "bodies refuse properties that are not described",
    )
    REQUIRED_BODY = ("body has to be sent", "bodies have to be sent")
    ID = ("body no longer takes the id", "bodies no longer take the id")
    DEFAULT = (
        "default of an update is removed: what is not sent stays as it is",
        "defaults of updates are removed: what is not sent stays as it is",
    )
    TOKEN = (
        "scheme asks people to sign in by OpenID Connect",
        "schemes ask people to sign in by OpenID Connect",
    )
    FLOW = (
        "way to sign in is removed: authorizationCode remains",
        "ways to sign in are removed: authorizationCode remains",
    )
    SCOPE = ("scope has another name", "scopes have other names")
    NO_SCOPE = (
        "requirement asks for a scope of its own",
        "requirements ask for scopes of their own",
    )
    KEY = ("key is sent as X-Api-Key", "keys are sent as X-Api-Key")
    BOUND = (
        "bound is narrower: what is outside of it is refused",
        "bounds are narrower: what is outside of them is refused",
    )

    def told(self, count: int) -> str:
        one, several = self.value
        return f"{count} {one if count == 1 else several}"


def told(notices: Counter[Notice]) -> list[str]:
    return [each.told(notices[each]) for each in Notice if notices[each]]
