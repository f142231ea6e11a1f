"""Archives cut: every line in one piece, whatever packs it; pages of WARC files as lines."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import texts
from tests.cluster.made import NOW
from watcher.cluster.cutting import Piece, cut, is_packed, lines, unpack
from watcher.core.errors import UsageError


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.binary(max_size=9).filter(lambda b: b"\n" not in b), max_size=9),
    st.integers(1, 30),
    st.booleans(),
)
def test_each_line_is_in_one_piece(
    tmp_path: Path, found: list[bytes], piece: int, ends: bool
) -> None:
    data = b"\n".join(found) + (b"\n" if ends else b"")
    path = tmp_path / "a"
    path.write_bytes(data)
    read = [line for p in cut(path, piece) for line in lines(p)]
    assert read == data.splitlines(keepends=True) or b"".join(read) == data
    assert len(read) == len(io.BytesIO(data).readlines())


def _read(pieces: list[Piece]) -> list[bytes]:
    return [line.strip() for p in pieces for line in lines(p)]


def test_what_is_packed_is_unpacked_once(tmp_path: Path) -> None:
    found = [b'{"n": %d}' % n for n in range(1000)]
    data = b"\n".join(found)
    half = data[: len(data) // 2], data[len(data) // 2 :]
    for name, packed in (
        ("members.gz", gzip.compress(half[0]) + gzip.compress(half[1]) + b"\0" * 20),
        ("frames.zst", zstandard.compress(half[0]) + zstandard.compress(half[1])),
    ):
        path = tmp_path / name
        path.write_bytes(packed)
        assert is_packed(path)
        pieces = unpack(path, tmp_path, NOW, 3000)
        assert len(pieces) > 2
        assert _read(pieces) == found
        before = [Path(p.path).stat().st_mtime_ns for p in pieces]
        assert unpack(path, tmp_path, NOW, 3000) == pieces
        assert [Path(p.path).stat().st_mtime_ns for p in pieces] == before


@pytest.mark.parametrize("cut_short", [True, False])
@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_damage_is_told(tmp_path: Path, name: str, cut_short: bool) -> None:
    data = bytes(range(256)) * 400
    packer = zstandard.ZstdCompressor(write_checksum=True)
    packed = bytearray(gzip.compress(data) if name == "gzip" else packer.compress(data))
    if cut_short:
        del packed[len(packed) // 2 :]
    else:
        packed[len(packed) // 3 : len(packed) // 3 + 8] = b"\xff" * 8
    path = tmp_path / "archive"
    path.write_bytes(packed)
    with pytest.raises(UsageError, match=f"is a damaged {name} file"):
        unpack(path, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == [path]


def test_the_pages_of_a_warc_file_are_lines(tmp_path: Path) -> None:
    page = "".join(f"<p>{line}</p>" for line in texts.HARBOUR.splitlines())
    head = "<title>Harbour plan was altered</title><meta property='og:type' content='article'>"
    html = f"<html lang='en'><head>{head}</head><body><article>{page}</article></body></html>"
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(
        b"".join(
            gzip.compress(_record(url, status, kind, body))
            for url, status, kind, body in (
                ("https://wire.example/1", "200 OK", "text/html; charset=utf-8", html.encode()),
                ("https://wire.example/2", "404 Not Found", "text/html", html.encode()),
                ("https://wire.example/logo", "200 OK", "image/png", b"\x89PNG"),
            )
        )
    )
    [line] = _read(unpack(path, tmp_path, NOW))
    row = json.loads(line)
    assert (row["url"], row["title"]) == ("https://wire.example/1", "Harbour plan was altered")
    assert row["text"].startswith("The harbour authority of Port Ellery")


def _record(url: str, status: str, kind: str, body: bytes) -> bytes:
    """A response as ISO 28500 writes it."""
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 2026-03-01T08:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"
