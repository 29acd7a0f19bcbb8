"""The bootstrap: what counts as installed, which machine it refuses and in which words, what a lock file may hold."""

import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tm(tmp_path: Path) -> ModuleType:
    """Return the bootstrap of a copy of the project that has its requirements and nothing else."""
    shutil.copy(PROJECT / "tm", tmp_path / "tm")
    shutil.copytree(PROJECT / "requirements", tmp_path / "requirements")
    loader = SourceFileLoader("bootstrap", str(tmp_path / "tm"))
    spec = spec_from_loader("bootstrap", loader)
    assert spec is not None
    module = module_from_spec(spec)
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = written
    return module


def _pretend_installed(tm: ModuleType, name: str) -> None:
    tm.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    tm.PYTHON.touch()
    tm.STAMP.write_text(tm.fingerprint(name))


def test_nothing_is_installed_before_the_stamp(tm: ModuleType):
    assert not tm.is_installed("runtime")
    _pretend_installed(tm, "runtime")
    assert tm.is_installed("runtime")
    assert not tm.is_installed("development")


def test_the_developers_packages_hold_the_runtimes(tm: ModuleType):
    _pretend_installed(tm, "development")
    assert tm.is_installed("runtime")
    assert tm.is_installed("development")


def test_a_changed_lock_file_and_a_lost_python_are_seen(tm: ModuleType):
    _pretend_installed(tm, "runtime")
    with tm.lock_file("runtime").open("a") as handle:
        handle.write("# planted\n")
    assert not tm.is_installed("runtime")
    _pretend_installed(tm, "runtime")
    tm.PYTHON.unlink()
    assert not tm.is_installed("runtime")


def test_a_half_made_environment_is_made_anew(tm: ModuleType):
    tm.VENV.mkdir()
    (tm.VENV / "half").touch()
    (tm.PROJECT / ".venv.new").mkdir()
    assert not tm.venv_works()
    tm.make_venv()
    assert tm.venv_works()
    assert not (tm.VENV / "half").exists()
    assert not (tm.PROJECT / ".venv.new").exists()


def test_an_environment_of_another_python_does_not_count(tm: ModuleType):
    tm.PYTHON.parent.mkdir(parents=True)
    tm.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    tm.PYTHON.chmod(0o755)
    assert not tm.venv_works()


@pytest.mark.parametrize(
    ("thing", "name", "value", "words"),
    [
        (sys, "version_info", (3, 10, 1), "Python 3.11 or newer is needed"),
        (sys, "maxsize", 2**31 - 1, "64-bit"),
        (os, "access", lambda path, mode: False, "not writable"),
        (shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 2**30), "2 GiB of free disk"),
    ],
)
def test_a_machine_that_will_not_do_is_refused_in_one_line(
    tm: ModuleType, monkeypatch: pytest.MonkeyPatch, thing: object, name: str, value: object, words: str
):
    tm.check_machine()
    monkeypatch.setattr(thing, name, value)
    with pytest.raises(tm.Stop, match=words) as refusal:
        tm.check_machine()
    monkeypatch.undo()
    assert "\n" not in str(refusal.value)


def test_settings_of_pip_reach_uv_unless_it_has_its_own(
    tm: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = http://mirror.invalid/simple\nextra-index-url =\n  http://a.invalid\n  http://b.invalid\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "executable", sys._base_executable)  # the environment itself has no pip
    settings = tm.pip_settings()
    assert settings["UV_DEFAULT_INDEX"] == "http://mirror.invalid/simple"
    assert "http://a.invalid http://b.invalid" in settings["UV_INDEX"]
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://own.invalid/simple")
    assert tm.pip_settings()["UV_DEFAULT_INDEX"] == "http://own.invalid/simple"


def test_lock_files_name_no_address_and_every_package_has_a_hash():
    for path in sorted((PROJECT / "requirements").glob("*.lock")):
        text = path.read_text()
        assert "://" not in text
        packages = text.count("==")
        assert packages > 0
        assert sum("==" in line and line.endswith("\\") for line in text.splitlines()) == packages
        assert text.count("--hash=sha256:") >= packages


def _put_tool(tm: ModuleType, script: str) -> None:
    """Put a program in uv's place, as if it had been fetched."""
    tm.UV.parent.mkdir(parents=True)
    tm.UV.write_text(f"#!/bin/sh\n{script}\n")
    tm.UV.chmod(0o755)
    (tm.TOOLS / "installed").write_text(tm.lock_file("tools").read_text())


def test_a_lock_file_that_names_an_address_is_refused(tm: ModuleType):
    _put_tool(tm, 'for target; do :; done; [ "$1" = --version ] || echo "x @ https://h/x" > "$target"')
    with pytest.raises(tm.Stop, match=r"runtime\.lock names an address"):
        tm.lock([])


def test_locking_that_fails_says_so(tm: ModuleType):
    _put_tool(tm, '[ "$1" = --version ]')
    with pytest.raises(tm.Stop, match=r"runtime\.in could not be locked"):
        tm.lock([])


def test_what_is_typed_reaches_the_command_line_from_any_folder(tmp_path: Path):
    """Only where this checkout's own environment was made by the bootstrap; elsewhere there is nothing to forward to."""
    if not (PROJECT / ".venv" / "installed").exists():
        pytest.skip("this environment was not made by ./tm")
    answer = subprocess.run([PROJECT / "tm", "no-such-noun"], cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "no-such-noun" in answer.stderr
