"""A story as a picture file: all its drawings in one SVG, and the same as PNG."""

from __future__ import annotations

from watcher.core.errors import UsageError
from watcher.core.message.words import clean
from watcher.picture.charts import episodes, growth, legend, lineage, timeline
from watcher.picture.charts.when import LANES
from watcher.picture.drawing import Drawing, cut, label, measure
from watcher.picture.lanes import lanes_of
from watcher.picture.markup import Markup, el, join, number
from watcher.picture.words import counted, coverage, in_short
from watcher.report.spread_values import StorySpread

_MARGIN = 28.0
_HEADLINE = 20.0
_ZOOM = 2  # pixels of a PNG for each of the drawing's


def plot(spread: StorySpread) -> str:
    """The story's drawings one below the other, as an SVG file of its own."""
    history = spread.history
    parts: list[tuple[str, Drawing | None]] = [
        ("When each outlet had it", timeline(history)),
        ("", legend(history)),
        ("How far it went", growth(spread)),
        ("Episode over episode: families since each opened", episodes(spread)),
        ("Who took it from whom", lineage(spread)),
    ]
    width = max(d.width for _, d in parts if d) + 2 * _MARGIN
    room = width - 2 * _MARGIN
    headline = _folded(history.line.title, room)
    drawn: list[Markup] = [
        label(_MARGIN, 44 + n * 26, line, size=_HEADLINE, bold=True)
        for n, line in enumerate(headline)
    ]
    y = 22 + len(headline) * 26.0
    drawn.append(label(_MARGIN, y + 18, cut(in_short(history), 12.5, room), size=12.5, of="soft"))
    y += 36
    for head, picture in parts:
        if picture is None:
            continue
        if head:
            drawn.append(label(_MARGIN, y + 22, head, size=15, bold=True))
            y += 38
        drawn.append(el("g", picture.body, transform=f"translate({number(_MARGIN)},{number(y)})"))
        y += picture.height + 20
    left_out = lanes_of(history, LANES).outlets_left_out
    notes = [f"Times in UTC. {coverage(history.coverage)}"]
    if left_out:
        notes.insert(0, f"Not drawn: {counted(left_out, 'outlet')} that had it later.")
    for note in notes:
        drawn.append(label(_MARGIN, y + 12, cut(note, 11, room), size=11, of="soft"))
        y += 17
    title = f"Story {history.line.story}: {clean(history.line.title)}"
    return Drawing(width, y + _MARGIN, join(drawn), title).alone()


def _folded(title: str, room: float) -> list[str]:
    """A headline in at most two lines."""
    words, first = clean(title).split(" "), ""
    while words and measure(f"{first} {words[0]}", _HEADLINE) <= room:
        first = f"{first} {words.pop(0)}".strip()
    if not words:
        return [first]
    rest = cut(" ".join(words), _HEADLINE, room)
    return [first, rest] if first else [rest]


def png(svg: str, *, own_fonts: bool = False) -> bytes:
    """An SVG file of ours as PNG, on machines without fonts too; `own_fonts`: as on one of those.

    Raises UsageError where the `plots` extra is not installed.
    """
    try:
        import pymupdf_fonts
        import resvg_py
    except ImportError as error:
        raise UsageError(
            "A PNG needs the extra `plots`: pip install 'syndication-watch[plots]', or write"
            " an SVG: --plot FILE.svg."
        ) from error
    import tempfile
    from pathlib import Path

    # FiraGO has Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian and Devanagari; what else a
    # title is written in comes from the machine's own fonts, where it has them.
    with tempfile.TemporaryDirectory(prefix="watcher-fonts-") as folder:
        files = []
        for name in ("figo", "figbo"):
            file = Path(folder) / f"{name}.ttf"
            file.write_bytes(pymupdf_fonts.myfont(name))
            files.append(str(file))
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                font_files=files,
                font_family="FiraGO",
                sans_serif_family="FiraGO",
                skip_system_fonts=own_fonts,
                zoom=_ZOOM,
            )
        )
