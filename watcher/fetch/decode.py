"""Undoes Content-Encoding piece by piece, within a bound, and notices a stream that was cut short.

Theory of operation: each coder takes compressed bytes and yields output in pieces of bounded
size, so that the sum can be checked before the next piece exists (3 KB of brotli can hold
4 GB). A stream that ends before its own end mark raises: libraries accept a truncated gzip
silently, and half a feed looks like a feed whose entries were removed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

from watcher.core.errors import FetchError

ACCEPT_ENCODING = "gzip, deflate, br, zstd"

_PIECE = 1 << 16
# zstd has no bound on output per call; a block of 128 KiB takes at least 4 bytes of input.
_ZSTD_SLICE = 256
_ZSTD_WINDOW = 8 << 20  # RFC 9659: the largest window a server may use for HTTP
# Servers send these to say that nothing was done to the body.
_NOTHING = frozenset({"", "identity", "none", "utf-8", "utf8", "binary", "8bit", "chunked"})


class _Coder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...

    def complete(self) -> bool: ...


class Decoder:
    """Decodes one body. `limit` is in decoded bytes; FetchError: toobig, encoding, truncated."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        self._limit = limit
        self._names = [
            name
            for part in content_encoding.lower().split(",")
            if (name := part.strip()) not in _NOTHING
        ]
        if len(self._names) > 2 or any(name not in _CODERS for name in self._names):
            raise FetchError("encoding", f"unknown Content-Encoding {content_encoding[:60]!r}")
        self._coders: list[_Coder] | None = None
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the wire."""
        if not data:
            return
        if self._coders is None:
            # Some servers say gzip and send plain text; the magic number knows better.
            if self._names == ["gzip"] and data[0] != 0x1F:
                self._names = []
            self._coders = [_CODERS[name]() for name in reversed(self._names)]
        try:
            for piece in self._through(data, 0):
                if len(self._body) + len(piece) > self._limit:
                    raise FetchError(
                        "toobig", f"the body is larger than {self._limit} bytes when decoded"
                    )
                self._body += piece
        except (zlib.error, brotli.error, zstandard.ZstdError) as error:
            raise FetchError("encoding", f"the body is not valid {self._names}: {error}") from error

    def finish(self) -> bytes:
        """The decoded body."""
        if self._coders and not all(coder.complete() for coder in self._coders):
            raise FetchError("truncated", f"the {self._names[-1]} body ends before its end mark")
        return bytes(self._body)

    def _through(self, data: bytes, depth: int) -> Iterator[bytes]:
        coders = self._coders or []
        if depth == len(coders):
            yield data
            return
        for piece in coders[depth].feed(data):
            if piece:
                yield from self._through(piece, depth + 1)


class _Zlib:
    """gzip (RFC 1952, several members allowed) and deflate (RFC 1950, or bare RFC 1951)."""

    def __init__(self, *, gzip: bool) -> None:
        self._wbits = zlib.MAX_WBITS | 16 if gzip else 0
        self._gzip = gzip
        self._coder = zlib.decompressobj(self._wbits) if gzip else None
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._coder is None:
                zlib_header = data[0] & 0x0F == 8
                self._wbits = zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS
                self._coder = zlib.decompressobj(self._wbits)
            if self._coder.eof:
                # Behind a gzip member stands another one, or padding that means nothing.
                if not self._gzip or data[0] != 0x1F:
                    return
                self._coder = zlib.decompressobj(self._wbits)
            self._started = True
            piece = self._coder.decompress(data, _PIECE)
            yield piece
            while len(piece) == _PIECE and not self._coder.eof:
                piece = self._coder.decompress(self._coder.unconsumed_tail, _PIECE)
                yield piece
            data = self._coder.unused_data

    def complete(self) -> bool:
        return not self._started or (self._coder is not None and self._coder.eof)


class _Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._coder = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._coder.is_finished():
            return
        yield self._coder.process(data, output_buffer_limit=_PIECE)
        while not self._coder.can_accept_more_data():
            yield self._coder.process(b"", output_buffer_limit=_PIECE)

    def complete(self) -> bool:
        return bool(self._coder.is_finished())


class _Zstd:
    """zstd (RFC 8878), several frames allowed."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._coder = self._decompressor.decompressobj()

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE):
            rest = data[start : start + _ZSTD_SLICE]
            while rest:
                if self._coder.eof:
                    self._coder = self._decompressor.decompressobj()
                yield self._coder.decompress(rest)
                rest = self._coder.unused_data

    def complete(self) -> bool:
        return bool(self._coder.eof)


_CODERS: dict[str, Callable[[], _Coder]] = {
    "gzip": lambda: _Zlib(gzip=True),
    "x-gzip": lambda: _Zlib(gzip=True),
    "deflate": lambda: _Zlib(gzip=False),
    "br": _Brotli,
    "zstd": _Zstd,
}
