"""Growth: what a server needs after 100,000 requests, beside what it needed before."""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.serving import fill, load_client
from tests.soak.ground import Effort, Ground
from tests.soak.tally import Tally

REQUESTS = 100_000
BURST = 2_000
MOST_MORE = (16 * 2**20, 16, 8)
"""Bytes, descriptors and threads. A leak of one in a thousand requests would come to 100."""
PATIENCE = 10
"""Seconds in which a server lets go of what its connections needed; some of 16 may be left."""


@dataclass(frozen=True)
class Needs:
    bytes: int
    descriptors: int
    threads: int

    def more_than(self, before: "Needs") -> tuple[int, int, int]:
        return (
            self.bytes - before.bytes,
            self.descriptors - before.descriptors,
            self.threads - before.threads,
        )


def growth(ground: Ground, effort: Effort) -> Tally:
    """A server under a load of gets, lists, creates and updates on 16 connections."""
    tally, file = Tally(), ground.folder / "growth.db"
    fill(file)
    requests = effort.of(REQUESTS, 400)
    with ground.server(file) as server, load_client() as client:
        address, burst = ("127.0.0.1", server.port), min(BURST, requests // 2)
        client.burst(address, 0, burst)  # after which every thread and cache is there
        before, seed = needs(server.pid), 1
        while tally.held < requests or time.monotonic() < effort.until:
            client.burst(address, seed, burst)
            tally.held, seed = tally.held + burst, seed + 1
        more = _settled(server.pid, before)
    for found, most, what in zip(more, MOST_MORE, ("bytes", "descriptors", "threads"), strict=True):
        tally.expect(found <= most, f"the server needs {found} {what} more")
    megabytes, descriptors, threads = more[0] / 2**20, more[1], more[2]
    tally.measured = f"{megabytes:+.1f} MB, {descriptors:+} descriptors, {threads:+} threads"
    return tally


def needs(pid: int) -> Needs:
    process = Path("/proc", str(pid))
    return Needs(
        int((process / "statm").read_text().split()[1]) * resource.getpagesize(),
        len(os.listdir(process / "fd")),
        len(os.listdir(process / "task")),
    )


def _settled(pid: int, before: Needs) -> tuple[int, int, int]:
    """How much more it needs, once it has closed what its clients did."""
    deadline = time.monotonic() + PATIENCE
    while True:
        more = needs(pid).more_than(before)
        if max(more[1:]) <= 0 or time.monotonic() > deadline:
            return more
        time.sleep(0.1)
