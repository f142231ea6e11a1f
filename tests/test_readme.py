"""What the documents say is so: commands exist, blocks load, tables and screens are the program's.

`WRITE_GOLDEN=1` writes the help screens anew, and the README's detection table.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from watcher.cli import app
from watcher.config import load
from watcher.core.match import JOINING, Kind

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
HELP = Path(__file__).parent / "golden" / "help"
TABLE = ROOT / "benchmarks" / "detection-table.md"
WRITE = bool(os.environ.get("WRITE_GOLDEN"))

DOCUMENTS = [
    path
    for path in (README, ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md")
    if path.exists()
]
# Where commands are named in other words than a document's: comments, messages, hints.
NAMED_IN = [
    *DOCUMENTS,
    ROOT / "feeds.yaml",
    *(ROOT / "systemd").iterdir(),
    *sorted((Path(__file__).parent / "golden" / "messages").iterdir()),
    *sorted((ROOT / "watcher").rglob("*.py")),
]


def blocks(kind: str) -> list[str]:
    """The README's fenced blocks of that kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)


def between(name: str) -> str:
    """What stands in the README between the markers of that name."""
    [text] = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README.read_text(), re.DOTALL)
    return str(text).strip()


def tables() -> list[list[list[str]]]:
    """The README's tables: rows of cells, the heading first, the ruler left out."""
    found = re.findall(r"(?:^\|.*\|\n)+", README.read_text(), re.MULTILINE)
    return [
        [
            [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in table.splitlines()
            if not re.fullmatch(r"[|\s:-]+", line)
        ]
        for table in found
    ]


# Commands


def commands() -> dict[tuple[str, ...], click.Context]:
    """Every command there is, by its words, in its context; the program itself is ()."""
    found: dict[tuple[str, ...], click.Context] = {}

    def walk(words: tuple[str, ...], command: click.Command, above: click.Context | None) -> None:
        # A command keeps the help option of whoever asks first: this context must be as a real one.
        context = click.Context(command, above, (*words, "watcher")[0], **command.context_settings)
        found[words] = context
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk((*words, name), inner, context)

    walk((), app, None)
    return found


COMMANDS = commands()

# The words of a command as documents write it: up to where prose, code or another command begins.
_NAMED = re.compile(r"(?<![\w./@-])watcher ((?:(?!\bwatcher\b)[\w=:./|\\{}\[\]<>-]+ ?)+)")


def named(path: Path) -> Iterator[str]:
    """The commands that a file names, in `code` or after `$ `, without the word `watcher`."""
    text = path.read_text("utf-8")
    spans = re.findall(r"`+([^`\n]+?)`+|^\s*\$ (.+)$|^ExecStart=\S*/(.+)$", text, re.MULTILINE)
    for span in ("".join(span) for span in spans):
        if match := _NAMED.match(span.replace("\\|", "|")):
            yield match[1].strip()


def wrong(line: str) -> str | None:
    """What is wrong with a command, written as for people: `story ID`, `export matches|stories`."""
    words = line.split()
    at: tuple[str, ...] = ()
    while words and (*at, words[0].split("|")[0]) in COMMANDS:
        first, *rest = words.pop(0).split("|")
        missing = [other for other in rest if (*at, other) not in COMMANDS]
        if missing:
            return f"no command {missing}"
        at = (*at, first)
    context = COMMANDS[at]
    command = context.command
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0].isupper():  # COMMAND, as a stand-in for any
            return None
        return f"no command {words[0]}"
    parameters = command.get_params(context)
    options = {name for p in parameters if isinstance(p, click.Option) for name in p.opts}
    unknown = [
        word for word in words if word.startswith("--") and word.split("=")[0] not in options
    ]
    if unknown:
        return f"no option {unknown}"
    choices = [
        parameter.type.choices
        for parameter in parameters
        if isinstance(parameter, click.Argument) and isinstance(parameter.type, click.Choice)
    ]
    if choices and words and not words[0].startswith("-") and not words[0].isupper():
        stray = set(words[0].split("|")) - set(choices[0])
        if stray:
            return f"not a choice: {sorted(stray)}"
    return None


def test_every_command_that_is_named_exists_with_its_options() -> None:
    found = {(path, line) for path in NAMED_IN for line in named(path)}
    assert len({line for _, line in found}) > 20
    faults = [
        f"{path.relative_to(ROOT)}: watcher {line}: {fault}"
        for path, line in sorted(found)
        if (fault := wrong(line))
    ]
    assert faults == []


@pytest.mark.parametrize(
    "line",
    [
        "stroies",
        "feeds lits",
        "stories --reached 3",
        "story ID --jsno",
        "export matches|everything",
        "alerts list|tset",
    ],
)
def test_a_command_that_there_is_not_is_seen(line: str) -> None:
    assert wrong(line)


def test_the_table_of_commands_holds_commands() -> None:
    [table] = [table for table in tables() if table[0] == ["command", "answers"]]
    spans = [span for row in table[1:] for span in re.findall(r"`([^`]+)`", row[0])]
    assert len(spans) >= len(table) - 1
    assert [span for span in spans if wrong(span.removeprefix("watcher ").strip())] == []


def test_console_blocks_can_be_typed(tmp_path: Path) -> None:
    typed = [
        line.removeprefix("$ ")
        for block in blocks("console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    assert typed
    targets = re.findall(r"^(\w+)\)$", (ROOT / "run.sh").read_text(), re.MULTILINE)
    for line in typed:
        # What is typed as root, and what is put into a pipe, is the same program.
        line = line.rpartition("| ")[2].removeprefix("sudo ")
        program, word, *_ = [*shlex.split(line, comments=True), ""]
        assert program in ("./run.sh", "watcher", "sh"), line
        if program == "./run.sh":
            assert word in targets, line
        elif program == "sh":
            assert (ROOT / word).is_file(), line
            options = re.findall(r"--\w+", line)
            assert all(option in (ROOT / word).read_text() for option in options), line
        else:
            assert wrong(line.removeprefix("watcher ")) is None, line


# Help


def help_name(words: tuple[str, ...]) -> str:
    return "-".join(("watcher", *words)) + ".txt"


@pytest.mark.parametrize("words", COMMANDS, ids=help_name)
def test_help_is_as_it_was(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("WATCHER_DB", "WATCHER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="watcher")
    assert result.exit_code == 0
    path = HELP / help_name(words)
    if WRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(result.output)
    assert path.is_file(), f"{path.name} is missing; see WRITE_GOLDEN"
    assert result.output == path.read_text(), f"{path.name} differs; see WRITE_GOLDEN"


def test_no_help_is_kept_of_a_command_that_is_gone() -> None:
    assert {path.name for path in HELP.iterdir()} == {help_name(words) for words in COMMANDS}


# Blocks, links, tables


@pytest.mark.parametrize("block", blocks("yaml"))
def test_yaml_blocks_load(block: str, tmp_path: Path) -> None:
    if not re.search(r"^outlets:", block, re.MULTILINE):
        block = f"outlets: [{{feeds: [https://times.example/rss]}}]\n{block}"
    path = tmp_path / "feeds.yaml"
    path.write_text(block)
    variables = re.findall(r"\$\{(\w+)\}", block)
    config = load(path, dict.fromkeys(variables, "slack://TokenA/TokenB/TokenC/#channel"))
    assert config.outlets


def test_links_lead_somewhere() -> None:
    broken = []
    for path in DOCUMENTS:
        text = path.read_text()
        anchors = {
            re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            if name and not (path.parent / name).exists():
                broken.append(f"{path.name}: {target}")
            if not name and anchor not in anchors:
                broken.append(f"{path.name}: {target}")
    assert broken == []


def test_the_kinds_are_those_of_the_program() -> None:
    [table] = [table for table in tables() if table[0][0] == "kind"]
    effects = {row[0]: row[-1] for row in table[1:]}
    assert effects.keys() == set(Kind) - {Kind.NONE}
    assert {kind for kind, effect in effects.items() if effect.startswith("joins")} == JOINING
    assert all(e.startswith(("joins", "linked", "suggested")) for e in effects.values())


def test_the_detection_table_is_the_benchmarks() -> None:
    if not TABLE.exists():
        assert between("detection-table") == ""
        return
    if WRITE:
        fill("detection-table", TABLE.read_text().strip())
    assert between("detection-table") == TABLE.read_text().strip()


def fill(name: str, text: str) -> None:
    readme = README.read_text()
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    before, after = readme.split(start)[0], readme.split(end)[1]
    README.write_text(f"{before}{start}\n{text}\n\n{end}{after}")


# The demo's screen


def without_ports(text: str) -> str:
    """The demo's ports are new each time."""
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


def test_the_demo_screen_is_what_the_demo_prints() -> None:
    screens = re.findall(r"```text\n(.*?)```", between("demo-screen"), re.DOTALL)
    assert len(screens) == 1, "the README has no demo screen between its markers"
    done = subprocess.run(
        [sys.executable, "-m", "watcher", "demo", "--fast", "--brief"],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": os.devnull, "LANG": "C.UTF-8", "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert without_ports(screens[0]).strip() == without_ports(done.stdout).strip()


def test_the_benchmarks_are_listed_and_those_of_the_round_are_there() -> None:
    import benchmarks.__main__ as round_

    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--list"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    names = {line.split()[0] for line in done.stdout.splitlines()}
    assert len(names) > 30
    assert {line.split()[0] for line in round_.ALL} <= names
