"""What browsers may do with the answers, pages of other origins above all (the Fetch standard)."""

ANY_ORIGIN = "*"

EXPOSED_HEADERS = ("ETag", "Link", "Location", "Retry-After", "WWW-Authenticate")
"""What a page may read of an answer, beyond the few headers that it always may."""

REQUEST_HEADERS = (
    *("Content-Type", "Authorization", "X-Api-Key"),
    *("X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"),
    *("If-Match", "If-None-Match", "Idempotency-Key"),
)
"""What a page may send: those of AWS's own clients, and those of the contract."""


def answer_headers(origin: str) -> dict[str, str]:
    """What every answer carries, so that a page of this origin (or of any, `*`) may read it."""
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS),
    }
    return headers if origin == ANY_ORIGIN else {**headers, "Vary": "Origin"}


def common_headers(origin: str) -> dict[str, str]:
    """The headers of every answer of the API, of what the gateway answers by itself as well.

    An item is kept by nobody else, and its bytes are never taken for another media type.
    """
    return {
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        **answer_headers(origin),
    }
