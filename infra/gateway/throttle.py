"""The throttle of a stage: a token bucket, as API Gateway has one for each stage.

AWS: Throttle requests to your REST APIs for better throughput in API Gateway
(read 2026-11-26).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

RATE = 500
BURST = 500
"""What a stage and the local gateway admit by default."""


@dataclass
class TokenBucket:
    """`rate` requests a second in the long run, `burst` at once. It is not thread-safe."""

    rate: float
    burst: int
    now: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._filled = self.now()

    def take(self) -> bool:
        """Whether one more request may pass; if so, it is counted."""
        now = self.now()
        self._tokens = min(self.burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
