"""Tags: the versions that the preconditions of a step name, and what follows (RFC 9110, 13)."""

from collections.abc import Mapping, Sequence

_NEVER = "never-a-tag"


def written(
    named: Mapping[str, tuple[str, ...]], now: str | None, earlier: Sequence[str]
) -> dict[str, list[str]]:
    """The entity tags that each header names, for an item with these tags."""
    spelled = {
        "now": f'"{now or _NEVER}"',
        "weak": f'W/"{now or _NEVER}"',
        "stale": f'"{earlier[-1] if earlier else _NEVER}"',
        "never": f'"{_NEVER}"',
        "*": "*",
    }
    return {header: [spelled[each] for each in names] for header, names in named.items()}


def status_of_get(tags: Mapping[str, Sequence[str]], now: str) -> int:
    """The status of a get for an existing item (RFC 9110, 13.2.2)."""
    wanted, known = tags.get("If-Match"), tags.get("If-None-Match")
    if wanted is not None and not _names(wanted, now, weak=False):
        return 412
    return 304 if known is not None and _names(known, now, weak=True) else 200


def accepted(tags: Mapping[str, Sequence[str]]) -> tuple[list[str] | None, list[str]]:
    """The tags that a write may find (None: any), and those that it may not."""
    known = tags.get("If-None-Match", [])
    if "*" in known:
        return [], []
    wanted = tags.get("If-Match")
    strong = None
    if wanted is not None and "*" not in wanted:
        strong = [each.strip('"') for each in wanted if each.startswith('"')]
    return strong, [each.removeprefix("W/").strip('"') for each in known]


def _names(tags: Sequence[str], now: str, *, weak: bool) -> bool:
    """Whether tags name the current one; in weak comparison, W/ is ignored (RFC 9110, 8.8.3.2)."""
    return any(each in ("*", f'"{now}"') or (weak and each == f'W/"{now}"') for each in tags)
