"""How texts and sketches look inside the database: zstd, and little-endian uint64."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import zstandard

U64 = npt.NDArray[np.uint64]

_MOST = 64 << 20  # bytes of one text; ingest caps far below


def pack_text(text: str) -> bytes:
    """A text as stored. A new compressor each time: they are not safe to share by threads."""
    return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(
        text.encode("utf-8", "surrogatepass")
    )


def unpack_text(data: bytes) -> str:
    """The inverse of `pack_text`; raises zstandard.ZstdError on flipped bits."""
    return (
        zstandard.ZstdDecompressor()
        .decompress(data, max_output_size=_MOST)
        .decode("utf-8", "surrogatepass")
    )


def pack_hashes(values: U64) -> bytes:
    """Hashes as stored."""
    return values.astype("<u8").tobytes()


def unpack_hashes(data: bytes) -> U64:
    """The inverse of `pack_hashes`."""
    return np.frombuffer(data, dtype="<u8").astype(np.uint64, copy=False)


def pack_postings(values: U64) -> bytes:
    """Sorted postings: differences, byte by byte column, zstd; about five bytes each."""
    steps = np.diff(values, prepend=np.uint64(0)).astype("<u8")
    columns = steps.view(np.uint8).reshape(-1, 8).T
    return zstandard.ZstdCompressor(level=1, write_checksum=True).compress(columns.tobytes())


def unpack_postings(data: bytes) -> U64:
    """The inverse of `pack_postings`."""
    raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MOST * 8)
    columns = np.frombuffer(raw, dtype=np.uint8).reshape(8, -1)
    steps = np.ascontiguousarray(columns.T).view("<u8").reshape(-1)
    return np.cumsum(steps, dtype=np.uint64)
