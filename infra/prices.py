"""Prices: what AWS charges for a month of requests, by its list for us-east-1.

As of November 2025, in US dollars, without free tiers; `docs/costs.md` has the sources.
"""

from dataclasses import dataclass

AS_OF = "November 2025, us-east-1"

CALLS = 1_000_000
"""The default number of calls of each operation in a month."""

API_CALL = 3.50 / 1e6
INVOCATION = 0.20 / 1e6
GIGABYTE_SECOND = 0.0000133334
"""For arm64."""

WRITE_UNIT = 0.625 / 1e6
READ_UNIT = 0.125 / 1e6
LOG_GIGABYTE = 0.50
TRAFFIC_GIGABYTE = 0.09

TRACE = 5.00 / 1e6
"""Recorded; AWS X-Ray follows the first request of each second and 5 % of the others."""

KEY = 1.00
"""A month, of a key in AWS KMS; as much again for each of its first two yearly rotations."""

STANDING = 16 * 0.10 + 3.00
"""The metrics of the alarms, and the dashboard: what a month costs without a request."""

BUDGET = 0.00
"""A month, for a budget that only sends e-mails."""

FIREWALL = 5.00 + 4 * 1.00
"""A month, of a web ACL of AWS WAF with its four rules."""

FIREWALL_REQUEST = 0.60 / 1e6

DATA_EVENT = 0.10 / 1e5
"""AWS CloudTrail records one for each read, write and list of items."""

_SECONDS = 0.015
"""How long an invocation takes, with 1 GB of memory."""

_LOG_BYTES = 1100
"""What a request adds to the logs."""


@dataclass(frozen=True)
class Calls:
    """The costs of calls of one operation, part by part."""

    count: int
    read_units: float
    write_units: float
    answer_bytes: int

    @property
    def parts(self) -> dict[str, float]:
        return {
            "API Gateway": self.count * API_CALL,
            "Lambda": self.count * (INVOCATION + _SECONDS * GIGABYTE_SECOND),
            "table": self.count * (self.read_units * READ_UNIT + self.write_units * WRITE_UNIT),
            "logs": self.count * _LOG_BYTES * LOG_GIGABYTE / 1e9,
            "traffic": self.count * self.answer_bytes * TRAFFIC_GIGABYTE / 1e9,
        }

    @property
    def dollars(self) -> float:
        return sum(self.parts.values())
