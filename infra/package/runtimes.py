"""Lambda's Python runtimes: which there are, what runs on each, and what compiles for it."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from uv import find_uv_bin


class CannotPackage(Exception):
    """The zip cannot be made; the message says what to do."""


@dataclass(frozen=True)
class Runtime:
    """A version of Python in Lambda."""

    glibc: tuple[int, int]
    """The version that its Amazon Linux has: a wheel must not need a later one."""
    wheels: str
    """The newest platform of that glibc or before that uv knows."""
    patched_until: date
    """When AWS plans to stop patching it; a little later it can no longer be deployed to."""


RUNTIMES: Mapping[str, Runtime] = {
    "python3.11": Runtime((2, 26), "manylinux_2_17", date(2027, 6, 30)),  # Amazon Linux 2
    "python3.12": Runtime((2, 34), "manylinux_2_34", date(2028, 10, 31)),  # Amazon Linux 2023
    "python3.13": Runtime((2, 34), "manylinux_2_34", date(2029, 6, 30)),
    "python3.14": Runtime((2, 34), "manylinux_2_34", date(2029, 6, 30)),
}
"""AWS: Building Lambda functions with Python; a copy from after November 2025, when 3.14 came.

Lambda still has python3.10 as well, which is older than this service can run on.
"""

ARCHITECTURES: Mapping[str, str] = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's name for a processor, and the name in wheels."""


def default_runtime() -> str:
    """The runtime of the Python that runs this. Raises CannotPackage if Lambda lacks it."""
    return _known(f"python{_MINOR}")


def default_architecture(runtime: str) -> str:
    """The cheaper processor, unless the runtime is so old that a library has no wheel for it.

    jsonschema-rs for arm64 needs glibc 2.28. AWS: AWS Lambda pricing (arm64 costs a fifth less).
    """
    return "arm64" if RUNTIMES[_known(runtime)].glibc >= (2, 28) else "x86_64"


def wheel_platform(runtime: str, architecture: str) -> str:
    """The platform that wheels are chosen for, as uv names it. Raises CannotPackage."""
    if architecture not in ARCHITECTURES:
        raise CannotPackage(
            f"Lambda has no processor {architecture!r}. Choose {' or '.join(ARCHITECTURES)}."
        )
    return f"{ARCHITECTURES[architecture]}-{RUNTIMES[_known(runtime)].wheels}"


def interpreter(runtime: str) -> Path:
    """A Python of a runtime's very version: no other writes the bytecode that it reads.

    Raises:
        CannotPackage: Lambda lacks the runtime, or this machine lacks the Python.
    """
    wanted = _known(runtime).removeprefix("python")
    if wanted == _MINOR and sys.version_info.releaselevel == "final":
        return Path(sys.executable)
    uv = find_uv_bin()
    asked = subprocess.run(  # noqa: S603
        [uv, "python", "find", "--no-project", f"cpython@{wanted}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise CannotPackage(
            f"There is no Python {wanted} here to compile for the runtime {runtime}.\n"
            f"Install it with `{uv} python install {wanted}`, "
            f"or choose the runtime python{_MINOR}."
        )
    return Path(asked.stdout.strip())


_MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"


def _known(runtime: str) -> str:
    if runtime not in RUNTIMES:
        those = ", ".join(
            f"{name} (patched until {each.patched_until})" for name, each in RUNTIMES.items()
        )
        raise CannotPackage(f"Lambda has no runtime {runtime!r} for this. Choose one of {those}.")
    return runtime
