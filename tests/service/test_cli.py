"""The command line: lazy, refusals in words, exit codes that scripts can rely on."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testamur.kernel.errors import NotAllowed
from testamur.service import cli
from testamur.service.commands import bench, check
from testamur.service.commands import test as test_command

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def noun(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[argparse.Namespace], int]], None]:
    """Return what plants a noun `planted` whose command is a function."""

    def plant(run: Callable[[argparse.Namespace], int]) -> None:
        parser = argparse.ArgumentParser()
        parser.set_defaults(run=run, django=False)
        monkeypatch.setattr(cli, "nouns", lambda: {"planted": "A planted noun."})
        monkeypatch.setattr(cli, "_parser", lambda name: parser)
        monkeypatch.setattr(parser, "parse_args", lambda words: argparse.Namespace(run=run, django=False))

    return plant


def _raise(error: BaseException) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (NotAllowed("You may not. Ask somebody who may."), 1, "You may not. Ask somebody who may."),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 2, "a.csv"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), 2, "Cannot be read"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_ends_a_command_becomes_words_and_a_code(noun, capsys, error: BaseException, code: int, words: str):
    noun(_raise(error))
    assert cli.main(["planted"]) == code
    shown = capsys.readouterr()
    assert words in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_a_fault_of_our_own_is_not_hidden(noun):
    noun(_raise(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["planted"])


def test_help_lists_every_noun_with_its_line(capsys):
    assert cli.main(["--help"]) == 0
    shown = capsys.readouterr().out
    for name, line in cli.nouns().items():
        assert line
        assert f"{name} " in shown
        assert line in shown


def test_an_unknown_noun_and_no_noun_are_wrong_arguments(capsys):
    assert cli.main(["no-such-noun"]) == 2
    assert "no-such-noun" in capsys.readouterr().err
    assert cli.main([]) == 2


@pytest.mark.parametrize("name", sorted(cli.nouns()))
def test_no_noun_loads_django_or_another_noun_before_it_runs(name: str):
    text = (
        "import sys\nfrom testamur.service import cli\n"
        f"try: cli.main([{name!r}, '--help'])\nexcept SystemExit as end: assert end.code == 0, end.code\n"
        "loaded = [m for m in sys.modules if m == 'django' or m.startswith('testamur.service.commands.')]\n"
        f"assert set(loaded) <= {{'testamur.service.commands.{name}'}}, loaded\n"
    )
    answer = subprocess.run([sys.executable, "-c", text], cwd=PROJECT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_a_reader_that_leaves_is_no_fault():
    text = (
        "import sys\nfrom testamur.service import cli\n"
        "def out(options):\n    [print('x' * 1000) for _ in range(10000)]\n    return 0\n"
        "import argparse\ncli.nouns = lambda: {'planted': ''}\n"
        "cli._run = lambda words: out(None)\nsys.exit(cli.main(['planted']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", text], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 1


# check ----------------------------------------------------------------------------------------------------------


def _planted(name: str, code: int) -> check.Check:
    text = f"import sys; print('{name} says no'); print('and why', file=sys.stderr); sys.exit({code})"
    return check.Check(name, (sys.executable, "-c", text), f"mend {name}")


def test_check_shows_every_failure_before_it_fails(capsys):
    missing = check.Check("missing", ("/nonexistent/tool",), "install it")
    assert check.report([_planted("one", 1), _planted("good", 0), _planted("two", 3), missing]) == 1
    shown = capsys.readouterr().out
    for words in ("one says no", "and why", "mend one", "two says no", "mend two", "cannot be run", "install it"):
        assert words in shown
    assert "good says no" not in shown
    assert [line.split() for line in shown.splitlines()[-4:]] == [
        ["FAILED", "one"],
        ["ok", "good"],
        ["FAILED", "two"],
        ["FAILED", "missing"],
    ]


def test_check_is_content_when_all_are(capsys):
    assert check.report([_planted("good", 0)]) == 0
    assert check.report([_planted("good", 0)], as_json=True) == 0
    assert '"ok": true' in capsys.readouterr().out


def test_check_asks_every_tool_of_the_house():
    commands = " ".join(" ".join(one.command) for one in check.CHECKS)
    for tool in (
        "ruff check",
        "ruff format --check",
        "mypy --strict",
        "importlinter",
        "docs --check",
        "makemigrations",
    ):
        assert tool in commands


@pytest.mark.parametrize("name", ["contracts"])
def test_the_command_of_a_check_really_runs_its_tool(name: str, tmp_path: Path):
    """A tool that does nothing under `-m` passes for ever; away from the project it must fail."""
    command = next(one.command for one in check.CHECKS if one.name == name)
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert answer.returncode != 0


# test -----------------------------------------------------------------------------------------------------------


def _test_command(*words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    test_command.add(parser.add_subparsers())
    return test_command.command(parser.parse_args(["test", *words]))


def test_fast_leaves_out_browser_and_slow_tests():
    assert _test_command("--fast")[-2:] == ["-m", "not browser and not slow"]
    assert "-m" not in _test_command()[3:]


def test_what_follows_goes_to_pytest():
    assert _test_command("--workers", "1", "--", "tests/rules", "-k", "x")[4:] == ["tests/rules", "-k", "x"]


# bench ----------------------------------------------------------------------------------------------------------


def _figures(*met: bool | None) -> Iterator[dict[str, object]]:
    for value in met:
        yield {"bench": "b", "name": "n", "value": 1234567.8, "unit": "rows/s", "goal": 1, "ratio": 0.5, "met": value}


def test_a_missed_goal_fails_the_bench(capsys):
    assert bench.show(_figures(True, None), as_json=False) == 0
    assert bench.show(_figures(True, False, True), as_json=True) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "n: 1,234,568 rows/s  goal 1  ratio 0.500  met"
    assert shown[-1].startswith('{"bench": "b"')
