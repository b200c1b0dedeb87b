"""Which Python is chosen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workshop.errors import WorkshopError
from workshop.setup import installation, pythons
from workshop.setup.pythons import Python

NEWEST = Python((3, 14, 1), "/any/python3.14")
WANTED = Python((3, 13, 2), "/any/python3.13")
OLDER = Python((3, 11, 9), "/any/python3.11")
OLD = Python((3, 12, 4), "/any/python3.12")
TOO_OLD = Python((3, 10, 1), "/any/python3.10")


@pytest.fixture
def find_among(monkeypatch):
    """Look for a Python on a machine that has only these; None is one that does not start."""

    def find(*machine):
        started = []

        def probe(command):
            started.append(int(command[0]))
            return machine[int(command[0])]

        monkeypatch.setattr(pythons, "probe", probe)
        found = pythons.find([str(number)] for number in range(len(machine)))
        return found, started

    return find


def test_the_first_python_that_lambda_runs_is_taken_and_the_rest_are_not_started(find_among):
    assert find_among(OLDER, WANTED, NEWEST) == (WANTED, [0, 1])
    assert find_among(NEWEST, WANTED) == (NEWEST, [0])


def test_the_newer_of_two_older_pythons_is_second_best(find_among):
    assert find_among(OLDER, TOO_OLD, OLD, OLDER)[0] == OLD


def test_a_python_that_does_not_start_is_passed_over(find_among):
    assert find_among(None, None, WANTED)[0] == WANTED


def test_no_python_is_better_than_one_that_is_too_old(find_among):
    assert find_among(TOO_OLD, None)[0] is None


def test_the_running_python_is_usable():
    found = pythons.probe([sys.executable])
    assert found is not None
    assert found.version == sys.version_info[:3]


@pytest.mark.parametrize(
    "script", ["exit 1", "echo nonsense", "echo pyenv: not found >&2; exit 127"]
)
def test_a_program_that_is_no_python_is_not_taken_for_one(tmp_path, script):
    shim = tmp_path / "python3.13"
    shim.write_text(f"#!/bin/sh\n{script}\n")
    shim.chmod(0o755)
    assert pythons.probe([str(shim)]) is None


def test_a_program_that_does_not_exist_is_not_taken_for_a_python(tmp_path):
    assert pythons.probe([str(tmp_path / "none")]) is None


def test_pyenvs_pythons_come_newest_patch_first_and_by_promise(tmp_path):
    for name in ("3.11.7", "3.13.0", "3.13.10", "3.14.0", "3.8.18", "3.13-dev", "pypy3.11"):
        (tmp_path / "versions" / name).mkdir(parents=True)
    found = [path.relative_to(tmp_path).parts[1] for path in pythons.pyenv_pythons(tmp_path)]
    assert found == ["3.13.10", "3.13.0", "3.14.0", "3.11.7"]


def test_pyenv_is_looked_for_where_its_variable_says():
    assert pythons.pyenv_root({"PYENV_ROOT": "/opt/pyenv"}) == Path("/opt/pyenv")
    assert pythons.pyenv_root({}).is_relative_to(Path.home())


def test_an_older_python_is_used_with_a_word_about_it_when_none_can_be_brought(monkeypatch, capsys):
    monkeypatch.setattr(installation, "bring_python", lambda installer: None)
    assert installation.best(OLD, "uv") == OLD
    assert "Python 3.12.4 is used" in capsys.readouterr().err


def test_a_python_that_uv_brings_is_better_than_an_older_one(monkeypatch):
    monkeypatch.setattr(installation, "bring_python", lambda installer: WANTED)
    assert installation.best(OLD, "uv") == WANTED
    assert installation.best(None, "uv") == WANTED


def test_without_any_python_the_error_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(installation, "bring_python", lambda installer: None)
    with pytest.raises(WorkshopError, match=r"Install Python 3\.13"):
        installation.best(None, "uv")
