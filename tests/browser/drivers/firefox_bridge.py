#!/usr/bin/env python3
"""Firefox as Playwright starts it, behind a bridge that it speaks WebDriver BiDi over.

Playwright sends one command that Debian's Firefox does not know yet, and gives up when that is
refused. The bridge puts another of the same length in its place, which does nothing.
"""

import asyncio
import os
import re
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter

UNKNOWN = b'"emulation.setMediaFeaturesOverride"'
INSTEAD = b',"method":"session.status","params":{}}'

_READY = re.compile(rb"(?<=WebDriver BiDi listening on ws://127\.0\.0\.1:)\d+")
_HOST = re.compile(rb"(?<=\r\nHost: 127\.0\.0\.1:)\d+")
_COMPRESSION = re.compile(rb"\r\nSec-WebSocket-Extensions:[^\r]*")
_ID = re.compile(rb'"id":\d+')
_LENGTH_BYTES = {126: 2, 127: 8}
"""RFC 6455, 5.2: how many bytes of length follow a length of 7 bits."""


async def main() -> int:
    process = await asyncio.create_subprocess_exec(
        os.environ["FIREFOX"], *sys.argv[1:], stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    async for line in process.stderr:
        found = _READY.search(line)
        said = _READY.sub(b"%d" % await bridge(int(found[0])), line) if found else line
        sys.stderr.buffer.write(said)
        sys.stderr.buffer.flush()
    return await process.wait()


async def bridge(port: int) -> int:
    """The port of a way to that port."""

    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        answers, commands = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(send(reader, commands, port), copy(answers, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    found: int = server.sockets[0].getsockname()[1]
    return found


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def send(reader: StreamReader, writer: StreamWriter, port: int) -> None:
    """Hands on what Playwright sends: the handshake, then one frame after the other."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(_COMPRESSION.sub(b"", _HOST.sub(b"%d" % port, head)))
        while True:
            writer.write(await frame(reader))
            await writer.drain()
    except IncompleteReadError:
        writer.close()


async def frame(reader: StreamReader) -> bytes:
    """One frame of a client (RFC 6455, 5.2), all of which are masked."""
    head = await reader.readexactly(2)
    size = head[1] & 0x7F
    length = await reader.readexactly(_LENGTH_BYTES.get(size, 0))
    mask = await reader.readexactly(4)
    body = await reader.readexactly(int.from_bytes(length, "big") if length else size)
    return head + length + mask + masked(known(masked(body, mask)), mask)


def masked(body: bytes, mask: bytes) -> bytes:
    key = (mask * (len(body) // 4 + 1))[: len(body)]
    both = int.from_bytes(body, "big") ^ int.from_bytes(key, "big")
    return both.to_bytes(len(body), "big")


def known(text: bytes) -> bytes:
    """The command, or one in its place that Firefox knows."""
    found = _ID.search(text)
    if UNKNOWN not in text or not found:
        return text
    return (b"{" + found[0] + INSTEAD).ljust(len(text))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
