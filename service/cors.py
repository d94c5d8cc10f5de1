"""What browsers may do with responses, mainly for pages of other origins (the Fetch standard)."""

ANY_ORIGIN = "*"

EXPOSED_HEADERS = ("ETag", "Link", "Location", "Retry-After", "WWW-Authenticate")
"""The response headers that a page may read, beyond the few that it always may."""

REQUEST_HEADERS = (
    *("Content-Type", "Authorization", "X-Api-Key"),
    *("X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"),
    *("If-Match", "If-None-Match", "Idempotency-Key"),
)
"""The request headers that a page may send: those of AWS's own clients, and the contract's."""


def answer_headers(origin: str) -> dict[str, str]:
    """The headers of every response that let pages of this origin (or of any, `*`) read it."""
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": ",".join(EXPOSED_HEADERS),
    }
    return headers if origin == ANY_ORIGIN else {**headers, "Vary": "Origin"}


def common_headers(origin: str) -> dict[str, str]:
    """The headers of every response of the API, including the gateway's own.

    Items stay out of shared caches, and their bytes are never taken for another media type.
    """
    return {
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        **answer_headers(origin),
    }
