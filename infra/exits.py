"""How a command ends: its exit codes, and what they mean."""

from enum import IntEnum


class Exit(IntEnum):
    """An exit code and its meaning."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "Exit":
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done; serve, logs and deploy --watch: or stopped with Ctrl-C"
    REFUSED = 1, "a contract cannot be served: it is told where, why, and what to do"
    MISUSED = 2, "the command line is wrong"
    UNAVAILABLE = (
        3,
        "the port, the store or the API cannot be had, or AWS: credentials, region, permission,"
        " network",
    )
    FAILED = (
        4,
        "AWS gave up, nobody agreed, something is left, parity does not hold, an API does not mean"
        " what its contract says, or a change of it breaks clients",
    )
    INTERRUPTED = 130, "stopped half-way with Ctrl-C: a rerun goes on"


def table() -> str:
    """All exit codes, one line for each."""
    return "".join(f"  {each:<4} {each.meaning}\n" for each in Exit)
