"""Runs inside the machine under test: an outlet with a feed, and a receiver of alerts.

Standard library only: it is started by the machine's own Python. The folder named on the command
line holds what it is asked to do and what it was told: where `publish` exists the feed carries
one entry more, and each alert is a line of `alerts`.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8001

# Also what the watch follows: see `test_service.py`.
LANTERN = (
    "Every lantern along the Marren causeway went out on Sunday at the same minute, and the "
    "keeper who should have been on duty says that he was told to stay at home. The district "
    "has ordered the ferry company to hand over its log, in which the page for that evening is "
    "missing. Two clerks remember that it was still there on Monday, when an inspector borrowed "
    "the book for an hour and gave it back without a word. Nobody was hurt, but a barge with "
    "grain ran onto the bank and has not been moved since, because the insurer wants to know "
    "first who put out the lights."
)
OLDER = (
    "The bakery at the corner of Weir Street reopens in May under its third owner in as many "
    "years, who promises to keep the oven and to change everything else. The old sign was found "
    "in a shed and will hang over the counter, upside down, as it was found."
)


class Room(BaseHTTPRequestHandler):
    """Answers for the outlet and for the receiver."""

    folder: Path

    def do_GET(self) -> None:
        """The feed, as it stands now."""
        published = (self.folder / "publish").exists()
        items = [("older", OLDER), *([("lantern", LANTERN)] if published else [])]
        body = "".join(
            f"<item><title>{name}</title><guid>{name}</guid>"
            f"<link>http://127.0.0.1:{PORT}/{name}</link><description>{text}</description></item>"
            for name, text in items
        )
        data = f"<rss version='2.0'><channel><title>Valley</title>{body}</channel></rss>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        """An alert, from Apprise's json:// plugin."""
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with (self.folder / "alerts").open("a", encoding="utf-8") as out:
            out.write(json.dumps(told) + "\n")
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    Room.folder = Path(sys.argv[1])
    ThreadingHTTPServer(("127.0.0.1", PORT), Room).serve_forever()
