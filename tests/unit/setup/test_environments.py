"""Which environments count as made."""

from __future__ import annotations

import importlib.metadata
import json

import pytest

from workshop import paths
from workshop.setup import environments, installation
from workshop.setup.environments import Environment


@pytest.fixture
def home(monkeypatch, tmp_path):
    """A workshop whose environment is complete, in a folder of its own."""
    monkeypatch.setattr(paths, "ENVS", tmp_path / "envs")
    monkeypatch.setattr(paths, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environments, "STAMPS", tmp_path / "stamps")
    (tmp_path / "workshop.txt").write_text("boto3==1.44.5\n")
    prefix = tmp_path / "envs" / "workshop"
    prefix.mkdir(parents=True)
    (prefix / "pyvenv.cfg").touch()
    (prefix / "python").touch()
    environments.write_stamp(
        environments.WORKSHOP, Environment(prefix / "python", prefix, "3.13.0")
    )
    return tmp_path


def test_a_stamped_environment_is_not_made_again(home):
    made = environments.made(environments.WORKSHOP)
    assert made is not None
    assert made.version == "3.13.0"


def test_changed_requirements_call_for_the_environment_to_be_brought_up_to_date(home):
    (home / "workshop.txt").write_text("boto3==1.44.6\n")
    assert environments.made(environments.WORKSHOP) is None
    assert environments.recorded(environments.WORKSHOP) is not None


def test_an_environment_without_a_stamp_is_made_again(home):
    environments.WORKSHOP.stamp.unlink()
    assert environments.recorded(environments.WORKSHOP) is None


@pytest.mark.parametrize("content", ["", "{", "{}", "[]"])
def test_a_half_written_stamp_does_not_count(home, content):
    environments.WORKSHOP.stamp.write_text(content)
    assert environments.recorded(environments.WORKSHOP) is None


@pytest.mark.parametrize("lost", ["python", "pyvenv.cfg"])
def test_an_environment_that_has_lost_its_python_is_made_again(home, lost):
    (home / "envs" / "workshop" / lost).unlink()
    assert environments.recorded(environments.WORKSHOP) is None


def test_a_python_that_is_not_ours_needs_no_environment_folder(home, tmp_path):
    theirs = tmp_path / "conda"
    theirs.mkdir()
    (theirs / "python").touch()
    environments.write_stamp(
        environments.WORKSHOP, Environment(theirs / "python", theirs, "3.13.0")
    )
    made = environments.made(environments.WORKSHOP)
    assert made is not None
    assert made.prefix == theirs


def test_a_python_with_every_pinned_package_is_used_as_it_is(monkeypatch, home):
    versions = {"boto3": "1.44.5"}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
    assert installation.is_satisfied_here()
    versions["boto3"] = "1.44.4"
    assert not installation.is_satisfied_here()


def test_a_package_for_another_system_is_not_missed(monkeypatch, home):
    (home / "workshop.txt").write_text('boto3==1.44.5\npywin32==312 ; sys_platform == "win32"\n')
    monkeypatch.setattr(importlib.metadata, "version", {"boto3": "1.44.5"}.__getitem__)
    assert installation.is_satisfied_here()


def test_a_stamp_tells_which_python_was_used(home):
    record = json.loads(environments.WORKSHOP.stamp.read_text())
    assert record["version"] == "3.13.0"
