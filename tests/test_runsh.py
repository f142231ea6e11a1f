"""run.sh as a newcomer meets it: on a clean machine, a second time, and where something is missing.

The interpreter of most of these tests is a stand-in that writes down what it is asked for, so that
a failing machine can be had at will; the real installation is tests/test_wheel.py.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = ROOT / "run.sh"
TOOLS = ("sh", "cat", "cmp", "dirname", "mkdir", "rm", "sed")

# Answers as Python would to what run.sh asks, and fails where the environment says so.
STAND_IN = """\
#!/bin/sh
printf '%s\\n' "$*" >>"$LOG"
case "$*" in
"-c import sys"*) [ -z "${OLD:-}" ] ;;
"-c "*) ;;
"-m venv"*)
    for folder; do :; done
    case "$*" in *--clear*) rm -rf "$folder" ;; esac
    mkdir -p "$folder/bin"
    [ -z "${NO_VENV:-}" ] || exit 1
    cat "$0" >"$folder/bin/python"
    chmod +x "$folder/bin/python"
    : >"$folder/pyvenv.cfg"
    ;;
"-m pip install"*)
    [ -z "${NO_NETWORK:-}" ] || exit 1
    for name in watcher ruff; do
        printf '#!/bin/sh\\necho %s "$@"\\n' $name >"${0%/*}/$name"
        chmod +x "${0%/*}/$name"
    done
    ;;
esac
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of which only run.sh and what it reads is there."""
    folder = tmp_path / "check out"
    folder.mkdir()
    shutil.copy(RUN, folder)
    (folder / "pyproject.toml").write_text("[project]\n")
    (folder / "requirements-test.txt").write_text("")
    return folder


@pytest.fixture
def run(checkout: Path, tmp_path: Path) -> Run:
    """Runs the checkout's run.sh with nothing on the PATH but what POSIX has, and the stand-in."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in (*TOOLS, "chmod"):
        found = shutil.which(name)
        assert found is not None, name
        (tools / name).symlink_to(found)
    stand_in = tools / "python3"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    (tmp_path / "home").mkdir()
    promtool = tmp_path / "cache/bin/promtool"  # fetched before
    promtool.parent.mkdir(parents=True)
    promtool.write_text("#!/bin/sh\n")
    promtool.chmod(0o755)

    def call(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [checkout / "run.sh", *words],
            cwd=tmp_path,  # not the checkout: it finds its own way there
            capture_output=True,
            text=True,
            env={
                "HOME": str(tmp_path / "home"),
                "PATH": str(tools),
                "LOG": str(tmp_path / "log"),
                "WATCHER_TEST_CACHE": str(tmp_path / "cache"),
                **env,
            },
            timeout=60,
        )

    return call


def asked(tmp_path: Path) -> list[str]:
    """What the stand-in was asked for since the last time, version checks aside."""
    log = tmp_path / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [line for line in lines if not line.startswith("-c")]


PIP = "-m pip install --quiet --disable-pip-version-check --editable"
DEV = [  # by hash, what is locked; then the project itself, without asking for more
    "-m pip install --quiet --disable-pip-version-check --require-hashes --no-deps"
    " --requirement requirements-test.txt",
    "-m pip install --quiet --disable-pip-version-check"
    " --no-deps --no-build-isolation --editable .",
]


def test_the_first_time_installs_and_the_second_does_not(run: Run, tmp_path: Path) -> None:
    first = run("watcher", "stories", "--since", "7 d")
    assert (first.returncode, first.stdout) == (0, "watcher stories --since 7 d\n")
    assert "a minute or two" in first.stderr
    assert asked(tmp_path) == ["-m venv .venv", f"{PIP} ."]
    second = run("watcher", "--version")
    assert (second.returncode, second.stdout, second.stderr) == (0, "watcher --version\n", "")
    assert asked(tmp_path) == []


def test_a_changed_project_file_is_installed_again(
    run: Run, checkout: Path, tmp_path: Path
) -> None:
    run("watcher")
    asked(tmp_path)
    (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert run("watcher").returncode == 0
    assert asked(tmp_path) == [f"{PIP} ."]


def test_what_developers_have_is_enough_for_users_but_not_the_reverse(
    run: Run, tmp_path: Path
) -> None:
    assert run("fmt").stdout.startswith("ruff check --fix .\nruff format .\n")
    assert asked(tmp_path) == ["-m venv .venv", *DEV]
    run("watcher")
    assert asked(tmp_path) == []


def test_users_first_then_developers(run: Run, tmp_path: Path) -> None:
    run("watcher")
    asked(tmp_path)
    run("fmt")
    assert asked(tmp_path) == DEV


BROWSER = "chromium fonts-dejavu-core"
MACHINE = "debootstrap systemd-container"


@pytest.mark.parametrize(
    ("tools", "user", "installs"),
    [
        (("apt-get", "id"), "0", [BROWSER, MACHINE]),  # as continuous integration is
        (("apt-get", "id"), "1000", []),
        (("id",), "0", []),  # not a Debian
        (("apt-get", "id", "chromium"), "0", [MACHINE]),
        (("apt-get", "id", "google-chrome"), "0", [MACHINE]),
        (("apt-get", "id", "debootstrap", "systemd-nspawn"), "0", [BROWSER]),
    ],
)
def test_what_tests_need_is_installed_where_it_is_not_there_and_may_be(
    run: Run, tmp_path: Path, tools: tuple[str, ...], user: str, installs: list[str]
) -> None:
    for name in tools:
        tool = tmp_path / "bin" / name
        tool.write_text(f'#!/bin/sh\n[ {name} = id ] && echo {user}\necho "{name} $*" >>"$LOG"\n')
        tool.chmod(0o755)
    told = run("test").stderr
    log = [line for line in asked(tmp_path) if line.startswith("apt-get")]
    assert log == [
        line
        for wanted in installs
        for line in (
            "apt-get update -qq",
            f"apt-get install -y -qq --no-install-recommends {wanted}",
        )
    ]
    has_browser = BROWSER in installs or tools[2:] in (("chromium",), ("google-chrome",))
    assert ("NO BROWSER: the tests in tests/browser will be skipped" in told) is not has_browser
    has_machine = MACHINE in installs or "systemd-nspawn" in tools
    assert ("NO SYSTEMD TO TRY: the test in tests/systemd" in told) is not has_machine


def test_promtool_is_taken_out_of_its_package(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cache/bin/promtool").unlink()
    assert "NO PROMTOOL: the test of systemd/prometheus-rules.yml" in run("test").stderr
    asked(tmp_path)
    for name, does in (
        ("apt-get", 'echo "apt-get $*" >>"$LOG"; [ "$1" = update ] || echo >prometheus_2_all.deb'),
        ("dpkg-deb", "mkdir -p unpacked/usr/bin && echo >unpacked/usr/bin/promtool"),
        ("id", "echo 1000"),
    ):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "bin/mv").symlink_to(shutil.which("mv") or "")
    assert "NO PROMTOOL" not in run("test").stderr
    assert "apt-get download -qq prometheus" in asked(tmp_path)
    assert (tmp_path / "cache/bin/promtool").exists()
    assert not (tmp_path / "cache/unpacked").exists()


def test_an_installation_that_failed_is_not_taken_as_done(run: Run, tmp_path: Path) -> None:
    failed = run("watcher", NO_NETWORK="yes")
    assert failed.returncode == 1
    assert failed.stdout == ""
    assert "run the same again" in failed.stderr
    asked(tmp_path)
    assert run("watcher").returncode == 0
    assert asked(tmp_path) == [f"{PIP} ."]


def test_without_the_venv_module_it_says_what_to_install(
    run: Run, checkout: Path, tmp_path: Path
) -> None:
    failed = run("demo", NO_VENV="yes")
    assert failed.returncode == 1
    assert "apt install python3-venv" in failed.stderr
    assert not (checkout / ".venv").exists()
    assert run("demo").returncode == 0


def test_a_folder_that_was_there_before_is_not_removed(
    run: Run, checkout: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "mine" / "letter.txt"
    kept.parent.mkdir()
    kept.write_text("dear")
    assert run("demo", NO_VENV="yes", VENV=str(kept.parent)).returncode == 1
    assert kept.read_text() == "dear"


@pytest.mark.parametrize("named", [{}, {"PYTHON": "python3"}])
def test_an_old_python_is_refused_by_name(run: Run, checkout: Path, named: dict[str, str]) -> None:
    failed = run("up", OLD="yes", **named)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Python 3.11 or newer was not found (looked for: python3")
    assert "PYTHON=/path/to/python3" in failed.stderr
    assert not (checkout / ".venv").exists()


def test_the_interpreter_can_be_named_with_a_blank_in_its_path(
    run: Run, checkout: Path, tmp_path: Path
) -> None:
    other = tmp_path / "an other" / "python"
    other.parent.mkdir()
    shutil.move(tmp_path / "bin" / "python3", other)
    assert run("watcher").returncode == 1
    assert run("watcher", PYTHON=str(other)).returncode == 0


def test_a_moved_checkout_gets_a_new_environment(run: Run, checkout: Path, tmp_path: Path) -> None:
    run("watcher")
    asked(tmp_path)
    was = checkout.rename(tmp_path / "elsewhere")
    checkout.symlink_to(was)
    assert run("watcher").returncode == 0
    assert asked(tmp_path) == ["-m venv --clear .venv", f"{PIP} ."]


def test_an_environment_whose_interpreter_is_gone_is_made_anew(
    run: Run, checkout: Path, tmp_path: Path
) -> None:
    run("watcher")
    asked(tmp_path)
    (checkout / ".venv/bin/python").unlink()
    assert run("watcher").returncode == 0
    assert asked(tmp_path) == ["-m venv --clear .venv", f"{PIP} ."]


@pytest.mark.parametrize(("word", "code"), [((), 0), (("help",), 0), (("--help",), 0), (("x",), 2)])
def test_without_a_known_word_it_lists_them(run: Run, word: tuple[str, ...], code: int) -> None:
    done = run(*word)
    assert done.returncode == code
    assert words_told(done.stdout) == words_known()
    assert "PYTHON names the interpreter" in done.stdout


def words_told(text: str) -> set[str]:
    return set(re.findall(r"^  \./run\.sh (\w+)", text, re.MULTILINE))


def words_known() -> set[str]:
    """The words that run.sh acts on."""
    return set(re.findall(r"^(\w+)\)$", RUN.read_text(), re.MULTILINE))


def test_a_plain_shell_can_read_it() -> None:
    for script in (RUN, ROOT / ".ci" / "run"):
        assert os.access(script, os.X_OK)
        assert script.read_text().startswith("#!/bin/sh\n")
        checked = subprocess.run(
            [Path(sys.executable).with_name("shellcheck"), script], capture_output=True, text=True
        )
        assert (checked.returncode, checked.stdout) == (0, "")


def test_continuous_integration_runs_what_everybody_runs() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec ./run.sh test"
    assert "export CI=true" in lines


# From here on the real program, in the environment that these tests run in.


@pytest.fixture
def real(checkout: Path) -> dict[str, str]:
    """The environment variables that let run.sh use the installation that is being tested."""
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    for name in ("python", "watcher"):
        (venv / "bin" / name).symlink_to(Path(sys.executable).with_name(name))
    shutil.copy(checkout / "pyproject.toml", venv / ".installed-run")
    (checkout / "feeds.yaml").write_text(
        "outlets: [{name: Example Times, domain: times.example,"
        " feeds: ['http://127.0.0.1:9/feed.xml']}]\n"
        "polling: {allow_hosts: [127.0.0.1]}\n"
    )
    return {"HOME": str(checkout), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}


def test_up_runs_until_it_is_told_to_stop(checkout: Path, real: dict[str, str]) -> None:
    for _ in ("the first time", "the second"):
        daemon = subprocess.Popen(
            [checkout / "run.sh", "up"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=real,
        )
        try:
            assert daemon.stderr is not None
            said = []
            for line in daemon.stderr:
                said.append(line)
                if line.endswith("running\n"):
                    break
            daemon.send_signal(signal.SIGTERM)
            out, rest = daemon.communicate(timeout=60)
        finally:
            daemon.kill()
            daemon.wait()
        assert daemon.returncode == 0, "".join(said) + rest
        assert "feeds.yaml is fine" in out
        assert "Traceback" not in "".join(said) + rest
        assert (checkout / "var" / "watcher.db").is_file()


def test_up_stops_at_a_faulty_configuration(checkout: Path, real: dict[str, str]) -> None:
    (checkout / "feeds.yaml").write_text("outlets: 7\n")
    done = subprocess.run(
        [checkout / "run.sh", "up"], capture_output=True, text=True, env=real, timeout=60
    )
    assert done.returncode == 2
    assert "feeds.yaml:1:10" in done.stderr
    assert not (checkout / "var").exists()


def test_up_takes_another_configuration(checkout: Path, real: dict[str, str]) -> None:
    done = subprocess.run(
        [checkout / "run.sh", "up", "--config", "none.yaml"],
        capture_output=True,
        text=True,
        env=real,
        timeout=60,
    )
    assert done.returncode == 2
    assert "none.yaml" in done.stderr
