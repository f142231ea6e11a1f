"""The shell: feeds.yaml, arguments and answers. Decides nothing."""

from __future__ import annotations

import sys

import click

from watcher import __version__
from watcher.cli.base import App, pass_setup

__all__ = ["app", "main"]

# Where each command lives. Nothing is loaded before it is asked for, and none of these modules
# loads SQLAlchemy, NumPy or an HTTP client before its command runs.
_SECTIONS = {
    "Watch": {
        "run": "watcher.cli.service:run",
        "poll": "watcher.cli.service:poll",
        "track": "watcher.cli.tracking:track",
        "untrack": "watcher.cli.tracking:untrack",
        "silence": "watcher.cli.silences:silence",
        "demo": "watcher.cli.demo:demo",
    },
    "Ask": {
        "stories": "watcher.cli.query:stories",
        "story": "watcher.cli.query:story",
        "report": "watcher.cli.picturing:report",
        "search": "watcher.cli.search:search",
        "outlets": "watcher.cli.outlets:outlets",
        "tracked": "watcher.cli.tracking:tracked",
        "match": "watcher.cli.compare:match",
        "compare": "watcher.cli.compare:compare",
        "feeds": "watcher.cli.feeds:feeds",
        "alerts": "watcher.cli.alerts:alerts",
        "rules": "watcher.cli.rules:rules",
        "status": "watcher.cli.query:status",
    },
    "Decide": {
        "confirm": "watcher.cli.decide:confirm",
        "reject": "watcher.cli.decide:reject",
        "merge": "watcher.cli.decide:merge",
        "split": "watcher.cli.decide:split",
        "boilerplate": "watcher.cli.decide:boilerplate",
    },
    "Keep": {
        "check": "watcher.cli.service:check",
        "doctor": "watcher.cli.doctor:doctor",
        "import": "watcher.cli.manage:import_",
        "translations": "watcher.cli.across:translations",
        "export": "watcher.cli.exporting:export",
        "db": "watcher.cli.manage:db",
        "completion": "watcher.cli.service:completion",
    },
}


@click.group(
    cls=App,
    sections=_SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, message="watcher %(version)s")
@pass_setup
def app(setup: object) -> None:
    """Watches news feeds, finds republished copies and tells how stories spread.

    \b
    Exit codes: 0 fine; 1 the answer is "no" or "none"; 2 bad usage or
    configuration; 3 a failure that is worth retrying.
    """


def main() -> None:
    """Run the command line; exits with its code."""
    # A terminal that cannot show a character gets its number instead of a traceback.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="watcher")
