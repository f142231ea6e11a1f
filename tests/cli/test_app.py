"""The program as a whole: help, start-up, global options, exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from storage.db import Database

Run = Callable[..., Result]

HELP = """\
Usage: watcher [OPTIONS] COMMAND [ARGS]...

  Watches news feeds, finds republished copies and tells how stories spread.

  Exit codes: 0 fine; 1 the answer is "no" or "none"; 2 bad usage or
  configuration; 3 a failure that is worth retrying.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Everywhere:
  --config FILE  feeds.yaml; else WATCHER_CONFIG, ./feeds.yaml,
                 /etc/watcher/feeds.yaml.
  --db URL       Database; else WATCHER_DB, the configuration's,
                 sqlite:///var/watcher.db.
  -v, --verbose  Say more on stderr; -vv says most.

Watch:
  run           The daemon: polls, matches and alerts until told to stop.
  poll          One round now: all feeds, or those named, due or not.
  track         Follow a text from now on, and be told what becomes of it.
  untrack       End a watch that was made with `watcher track`.
  silence       Silences: alerts that nobody is told of for a while.
  demo          A small newsroom on this machine, and what is seen of it.

Ask:
  stories       Stories that spread, the latest copy first.
  story         One story: origin, figures, episodes, articles.
  report        One story as a page to read, print and send.
  search        Articles whose headline or text has WORDS, the best first.
  outlets       Who copies whom: a line an outlet, and a matrix of the busiest.
  tracked       The watches in force, each with the story that it follows.
  match         Is this a copy of anything known?
  compare       Two texts: kind, paste, cut, distance, why, and a word diff.
  feeds         Feeds: how each is doing and when it is next.
  alerts        Alerts: what was raised, and who was told.
  rules         Rules: what a watch would raise, tried on what is recorded.
  status        The whole at a glance: daemon, feeds, deliveries, database.

Decide:
  confirm       Two articles belong to one story, whatever their match says.
  reject        Two articles do not belong to one story, not through a third.
  merge         Two stories are one; both numbers lead to it.
  split         An article leaves its story, and does not come back to it.
  boilerplate   Boilerplate: what outlets repeat; it never counts as copied.

Keep:
  check         Check feeds.yaml: every fault at once, with its line.
  doctor        Look at all that a watch needs: what is wrong, and the fix.
  import        Articles from FILE.jsonl or FILE.jsonl.gz, an object a line.
  translations  Look for translations among articles not looked at yet.
  export        Everything of one kind, a row each, for other programs.
  db            The database: up to date, backups, checks, moves, what is old
                forgotten.
  completion    Print the completion script of a shell.
"""

HEAVY = ("sqlalchemy", "numpy", "rich", "aiohttp", "yaml", "alembic", "trafilatura", "apprise")


MAIN = "from watcher.__main__ import main; main()"


def child(code: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        timeout=60,
    )


def test_help_names_every_command_on_one_screen(run: Run) -> None:
    assert run("--help").stdout.replace("Usage: app", "Usage: watcher") == HELP


@pytest.mark.parametrize(
    "args",
    [["--help"], ["--version"], ["stories", "--help"], ["silence", "add", "--help"], ["check"]],
)
def test_starting_loads_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text("outlets: [{feeds: [https://times.example/rss]}]\n")
    done = child(
        "import sys\n"
        "from watcher.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)",
        *args,
        WATCHER_CONFIG=str(config),
    )
    allowed = ["yaml"] if args == ["check"] else []
    assert done.stderr.splitlines()[-1] == str(allowed), done.stderr
    assert done.stdout


@pytest.mark.parametrize(
    "args", [["stories"], ["outlets"], ["feeds", "list"], ["alerts", "list"], ["tracked"]], ids=str
)
def test_a_list_needs_no_numpy(args: list[str], sqlite_database: Database) -> None:
    done = child(
        "import sys\n"
        "from watcher.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('numpy' in sys.modules, 'sqlalchemy' in sys.modules, file=sys.stderr)",
        *args,
        WATCHER_DB=f"sqlite:///{sqlite_database.file}",
    )
    assert done.stderr.splitlines()[-1] == "False True", done.stderr


def test_the_version_is_named(run: Run) -> None:
    assert run("--version").stdout.startswith("watcher 0.")


@pytest.mark.parametrize(
    "place",
    [
        lambda db: ("--db", db, "stories", "--json"),
        lambda db: ("stories", "--db", db, "--json"),
        lambda db: ("--db", "sqlite:///nowhere.db", "stories", "--json", "--db", db),
        lambda db: ("stories", "--json", "--db", db.removeprefix("sqlite:///")),
        lambda db: ("--db", "sqlite:///nowhere.db", "alerts", "list", "--db", db, "--json"),
        lambda db: ("alerts", "--db", db, "list", "--json"),
    ],
)
def test_global_options_may_stand_anywhere(
    run: Run, db: str, place: Callable[[str], tuple[str, ...]]
) -> None:
    result = run(*place(db))
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[0])["story"] == 1


def test_the_database_comes_from_the_environment(
    run: Run, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHER_DB", db)
    assert run("status").exit_code == 0
    assert run("--db", "sqlite:///nowhere.db", "status").exit_code == 3


def test_the_database_comes_from_the_configuration(run: Run, db: str, tmp_path: Path) -> None:
    config = tmp_path / "elsewhere.yaml"
    config.write_text(
        f"outlets: [{{feeds: [https://times.example/rss]}}]\nstorage: {{url: '{db}'}}\n"
    )
    assert run("--config", str(config), "status").exit_code == 0
    config.rename(tmp_path / "feeds.yaml")
    assert run("status").exit_code == 0


def test_a_question_does_not_need_the_receivers_secrets(run: Run, db: str, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(
        "outlets: [{feeds: [https://times.example/rss]}]\n"
        "receivers: [{name: desk, url: '${NO_SUCH_SECRET}'}]\n"
        f"storage: {{url: '{db}'}}\n"
    )
    assert run("status").exit_code == 0
    assert run("check").exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("outlets: [\n", "feeds.yaml:"),
        ("outlets: [{feeds: [https://times.example/rss]}]\nstorage: {url: 7}\n", "storage.url"),
    ],
)
def test_a_broken_configuration_does_not_hide_behind_the_default(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "feeds.yaml").write_text(text)
    result = run("status")
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_configuration_that_was_named_must_exist(run: Run) -> None:
    result = run("--config", "none.yaml", "stories")
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr


def test_without_anything_the_default_database_is_meant(run: Run) -> None:
    result = run("stories")
    assert result.exit_code == 3
    assert "var/watcher.db" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "args",
    [
        ["no-such-command"],
        ["stories", "--reach", "none"],
        ["stories", "--since", "soon"],
        ["stories", "--json", "--csv"],
        ["story", "1; drop table"],
        ["export", "everything"],
        ["compare", "only-one"],
    ],
)
def test_bad_usage_is_two(run: Run, db: str, args: list[str]) -> None:
    result = run(*args, "--db", db)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


def test_a_misspelt_command_is_guessed(run: Run) -> None:
    assert "Did you mean stories?" in run("storeis").stderr
    assert "Did you mean list?" in run("feeds", "lits").stderr


def test_a_kind_of_database_that_there_is_not_is_bad_usage(run: Run) -> None:
    result = run("stories", "--db", "mysql://me:secret@host/name")
    assert result.exit_code == 2
    assert "secret" not in result.stderr


def test_an_error_is_one_plain_line_and_verbose_says_where(run: Run) -> None:
    quiet = run("stories")
    assert quiet.stderr.startswith("watcher: there is no database")
    assert len(quiet.stderr.splitlines()) == 1
    loud = child(MAIN, "stories", "-v", "--db", "sqlite:///none.db")
    assert "Traceback" in loud.stderr
    assert loud.returncode == quiet.exit_code == 3


def test_a_reader_that_leaves_is_no_error(db: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "export", "stories", "--db", db],
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_ends_quietly(db: str) -> None:
    done = child(
        "import signal\n"
        # Started in the background by a script, a process ignores the signal.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from watcher.cli import app\n"
        "from watcher.cli.base import Setup\n"
        "app(obj=Setup(clock=lambda: signal.raise_signal(signal.SIGINT)))",
        *("stories", "--db", db),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "watcher: interrupted\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_call_back(run: Run, shell: str) -> None:
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_WATCHER_COMPLETE" in result.stdout


def test_completion_answers() -> None:
    done = child(
        MAIN,
        _WATCHER_COMPLETE="bash_complete",
        COMP_WORDS="watcher sto",
        COMP_CWORD="1",
    )
    assert done.stdout.split() == ["plain,stories", "plain,story"]


def on_a_terminal(*args: str, **env: str) -> str:
    """What a command writes to a terminal of 80 columns."""
    parent, terminal = os.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    done = subprocess.run(
        [sys.executable, "-m", "watcher", *args],
        stdout=terminal,
        stderr=subprocess.PIPE,
        env={**clean, "TERM": "xterm", **env},
        timeout=60,
    )
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    said = b""
    with contextlib.suppress(OSError):  # EIO: everything was read and nobody writes any more
        while chunk := os.read(parent, 65536):
            said += chunk
    os.close(parent)
    return said.decode()


def test_only_a_terminal_gets_colour(db: str) -> None:
    assert "\x1b[1m" in on_a_terminal("stories", "--db", db)
    assert "\x1b" not in on_a_terminal("stories", "--db", db, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal("stories", "--db", db, TERM="dumb")
    assert "\x1b" not in on_a_terminal("stories", "--db", db, "--json")
