"""What a page of another origin may do and see (the Fetch standard's CORS protocol)."""

ANY_ORIGIN = "*"

EXPOSED_HEADERS = ("ETag", "Link", "Location", "Retry-After")
"""What a page may read of an answer, beyond the few headers that it always may."""

REQUEST_HEADERS = (
    *("Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token"),
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
