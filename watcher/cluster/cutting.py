"""Archives cut into pieces that one task reads: plain files by byte range, packed ones unpacked.

A packed file cannot be entered in the middle, so one task unpacks it into pieces of whole lines in
the scratch folder, under the hash of what was packed: done once, however often a run is begun. The
pages of a WARC file become lines on the way, by the page extraction that polls use.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import xxhash
import zstandard

from watcher.core.errors import UsageError

PIECE = 8 << 20  # bytes of lines a piece, at least
_LARGEST = 1 << 30  # bytes: of lines of 64 bytes and more, its articles have numbers of 24 bits
_MOST = 4096  # pieces: each join reads a stretch of all of them
_PACKED = 4  # times that text is smaller when it is packed, about
_READ = 1 << 20  # bytes at a time
_GZIP, _ZSTD, _WARC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"WARC/"


@dataclass(frozen=True, slots=True)
class Piece:
    """The lines of a file that begin from byte `start` on and before `end`."""

    path: str
    start: int
    end: int


def is_packed(path: Path) -> bool:
    """Whether a file has to be unpacked before it can be cut. Raises UsageError where it cannot
    be read."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return head.startswith((_GZIP, _ZSTD, _WARC))


def size_of_pieces(archives: Iterable[Path], least: int = PIECE) -> int:
    """Bytes of lines a piece, for archives of that size; the same whenever it is asked."""
    total = sum(p.stat().st_size * (_PACKED if is_packed(p) else 1) for p in archives)
    return max(least, min(_LARGEST, total // _MOST))


def cut(path: Path, piece: int = PIECE) -> list[Piece]:
    """A plain file in pieces of that many bytes."""
    size = path.stat().st_size
    return [Piece(str(path), at, min(at + piece, size)) for at in range(0, size, piece)]


def lines(piece: Piece) -> Iterator[bytes]:
    """The lines of a piece. Together the pieces of a file give each of its lines once."""
    with open(piece.path, "rb") as file:
        file.seek(max(0, piece.start - 1))
        if piece.start:
            file.readline()  # begins in the piece before; empty where that ends with a line's end
        at = file.tell()
        while at < piece.end:
            line = file.readline()
            if not line:
                return
            at += len(line)
            yield line


def unpack(path: Path, scratch: Path, now: datetime, piece: int = PIECE) -> list[Piece]:
    """In a worker: the lines of a packed file, in pieces under `scratch`. What was unpacked before
    is taken as it is. Raises UsageError where the file is damaged."""
    home = scratch / f"unpacked-{_hash(path)}-{piece}"
    if not home.is_dir():
        with made_whole(home) as making:
            for n, part in enumerate(_gathered(_lines_of(path, now), piece)):
                (making / f"{n:06d}.jsonl").write_bytes(part)
    return [Piece(str(f), 0, f.stat().st_size) for f in sorted(home.iterdir())]


@contextmanager
def made_whole(home: Path) -> Iterator[Path]:
    """A folder to fill, which is at `home` once it is full, and nowhere if that fails."""
    making = home.with_name(f"making-{home.name}.{os.uname().nodename}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        yield making
        with suppress(OSError):  # another worker was faster
            making.rename(home)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _hash(path: Path) -> str:
    made = xxhash.xxh3_128()
    with path.open("rb") as file:
        while data := file.read(_READ):
            made.update(data)
    return made.hexdigest()


def _gathered(found: Iterable[bytes], piece: int) -> Iterator[bytes]:
    """Lines in pieces of at least that many bytes, but the last."""
    held: list[bytes] = []
    size = 0
    for line in found:
        held.append(line)
        size += len(line)
        if size >= piece:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


def _lines_of(path: Path, now: datetime) -> Iterator[bytes]:
    if _is_warc(path):
        yield from _pages(path, now)
        return
    rest = b""
    for data in _unpacked(path):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest + b"\n"


def _is_warc(path: Path) -> bool:
    head = b""
    for data in _unpacked(path, 64):
        head += data
        if len(head) >= len(_WARC):
            break
    return head.startswith(_WARC)


def _unpacked(path: Path, size: int = _READ) -> Iterator[bytes]:
    """What a file holds, of several gzip members or zstd frames one after the other."""
    with path.open("rb") as file:
        data = file.read(size)
        if not data.startswith((_GZIP, _ZSTD)):
            while data:
                yield data
                data = file.read(size)
            return
        name = "gzip" if data.startswith(_GZIP) else "zstd"
        while data:
            part: Any = zlib.decompressobj(31) if name == "gzip" else _zstd()
            while not part.eof:
                if not data:
                    raise UsageError(f"{path} is a damaged {name} file: it ends too early")
                try:
                    yield part.decompress(data)
                except (zlib.error, zstandard.ZstdError) as error:
                    raise UsageError(f"{path} is a damaged {name} file: {error}") from error
                data = b"" if part.eof else file.read(size)
            # gzip allows zeros behind its end, as tapes leave them.
            data = part.unused_data.lstrip(b"\0") or file.read(size)


def _zstd() -> Any:
    return zstandard.ZstdDecompressor().decompressobj()


def _pages(path: Path, now: datetime) -> Iterator[bytes]:
    """The HTML pages of a WARC file that hold an article, a line each."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    with path.open("rb") as file:
        try:
            for record in ArchiveIterator(file):
                if record.rec_type == "response" and (line := _page(record, now)):
                    yield line
        except ArchiveLoadFailed as error:
            raise UsageError(f"{path} is a damaged WARC file: {error}") from error


_MOST_PAGE = 8 << 20  # bytes: what is longer is no article


def _page(record: Any, now: datetime) -> bytes | None:
    from watcher import extract
    from watcher.core.errors import ParseError

    http, url = record.http_headers, record.rec_headers.get_header("WARC-Target-URI")
    kind = http.get_header("Content-Type", "") if http else ""
    if not url or "html" not in kind or http.get_statuscode() != "200":
        return None
    stream: IO[bytes] = record.content_stream()
    body = stream.read(_MOST_PAGE + 1)
    if len(body) > _MOST_PAGE:
        return None
    try:
        page = extract.page(body, url=url, content_type=kind, now=now)
    except ParseError:
        return None
    if not page.text.strip():
        return None
    row = {
        "id": url,
        "url": url,
        "title": page.title,
        "text": page.text,
        "lang": page.lang,
        "published": page.published.raw if page.published else None,
    }
    return json.dumps(row).encode() + b"\n"
