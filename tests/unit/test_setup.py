"""Setup: which Python is chosen, what counts as made, and what people read when it fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from threading import Thread

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.setup import environments, installation, installer_errors, layer, locking, pythons, uv
from workshop.setup.environments import Environment
from workshop.setup.progress_display import bar, stage
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
    found = pythons.probe([environments.sys.executable])
    assert found is not None
    assert found.version == environments.sys.version_info[:3]


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
    monkeypatch.setattr(installation.importlib.metadata, "version", versions.__getitem__)
    assert installation.is_satisfied_here()
    versions["boto3"] = "1.44.4"
    assert not installation.is_satisfied_here()


def test_a_package_for_another_system_is_not_missed(monkeypatch, home):
    (home / "workshop.txt").write_text('boto3==1.44.5\npywin32==312 ; sys_platform == "win32"\n')
    monkeypatch.setattr(installation.importlib.metadata, "version", {"boto3": "1.44.5"}.__getitem__)
    assert installation.is_satisfied_here()


def test_what_people_tell_pip_about_their_index_uv_is_told_too():
    told = uv.environment_variables({"PIP_INDEX_URL": "https://mirror.example/simple"})
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


def test_what_people_tell_uv_itself_is_left_alone():
    theirs = {"PIP_INDEX_URL": "https://pip.example", "UV_INDEX_URL": "https://uv.example"}
    told = uv.environment_variables(theirs)
    assert told["UV_INDEX_URL"] == "https://uv.example"
    assert "UV_DEFAULT_INDEX" not in told


def test_several_folders_of_packages_are_told_the_way_uv_reads_them():
    assert uv.environment_variables({"PIP_FIND_LINKS": "/a /b"})["UV_FIND_LINKS"] == "/a,/b"


def test_nothing_turns_the_installers_away_from_our_folders():
    hindered = {"PIP_USER": "1", "PIP_TARGET": "/x", "VIRTUAL_ENV": "/y", "UV_CACHE_DIR": "/z"}
    told = uv.environment_variables(hindered)
    assert told["PIP_USER"] == "0"
    assert "PIP_TARGET" not in told
    assert "VIRTUAL_ENV" not in told
    for name in ("UV_CACHE_DIR", "UV_PYTHON_INSTALL_DIR"):
        assert paths.HOME in Path(told[name]).parents


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("/usr/bin/python3: No module named pip", "has no pip"),
        ("error: No space left on device (os error 28)", "disk is full"),
        ("invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("client error (Connect)\n dns error", "cannot be reached"),
        ("failed to create directory: Permission denied (os error 13)", "you may not write to"),
        ("No solution found when resolving dependencies", "does not have a version"),
    ],
)
def test_a_failure_of_an_installer_is_one_sentence_and_what_to_do(tmp_path, words, sentence):
    log = tmp_path / "log"
    log.write_text(words)
    error = installer_errors.explain("SAM CLI could not be made", log)
    assert sentence in error.what_happened
    assert error.what_to_do
    assert "\n" not in str(error)


def test_an_unknown_failure_names_the_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("something else")
    assert str(log) in str(installer_errors.explain("SAM CLI could not be made", log))


def test_an_unknown_system_error_is_not_dressed_up():
    error = OSError("something else")
    assert installer_errors.explain_system_error(error) is error


def test_a_disk_without_room_is_said_before_anything_is_made():
    with pytest.raises(WorkshopError, match=r"Only 0\.2 GB are free"):
        installation.check_disk(200_000_000)
    installation.check_disk(5_000_000_000)


def test_progress_follows_what_uv_says(tmp_path):
    log = tmp_path / "log"
    log.write_text("")
    assert stage(log) == ("resolving", 0.0)
    log.write_text("Resolved 9 packages\nDownloading a\nDownloading b\n Downloaded a\n")
    assert stage(log) == ("downloading", 0.35)
    log.write_text("Resolved 9 packages\nPrepared 9\nInstalled 9\nBytecode compiled 99\n")
    assert stage(log) == ("finishing", 1.0)


def test_the_bar_is_always_as_wide():
    assert {len(bar(share)) for share in (0, 0.01, 0.5, 0.99, 1)} == {22}


def test_a_layer_that_is_not_pure_python_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "LAYER", tmp_path / "layer")
    (layer.new_folder() / "fast").mkdir(parents=True)
    (layer.new_folder() / "fast" / "core.so").touch()
    with pytest.raises(WorkshopError, match=r"core\.so"):
        layer.put_in_place(Path(sys.executable))
    assert not paths.LAYER.exists()


def test_the_layer_holds_only_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "LAYER", tmp_path / "layer")
    new = layer.new_folder()
    (new / "bin").mkdir(parents=True)
    (new / ".lock").touch()
    for service in ("dynamodb", "groundstation"):
        (new / "botocore" / "data" / service).mkdir(parents=True)
    (new / "botocore" / "client.py").write_text("made = 1\n")
    layer.put_in_place(Path(sys.executable))
    assert [path.name for path in (paths.LAYER / "python").iterdir()] == ["botocore"]
    left = paths.LAYER / "python" / "botocore"
    assert [path.name for path in (left / "data").iterdir()] == ["dynamodb"]
    assert len(list(left.glob("__pycache__/client.*.pyc"))) == 1


def test_the_layer_and_the_tests_use_the_same_versions():
    lines = {
        name: set((paths.ROOT / "requirements" / f"{name}.txt").read_text().splitlines())
        for name in ("lambda", "workshop")
    }
    assert lines["lambda"] <= lines["workshop"]


def test_a_stamp_tells_which_python_was_used(home):
    record = json.loads(environments.WORKSHOP.stamp.read_text())
    assert record["version"] == "3.13.0"


def test_a_second_set_up_waits_for_the_first(tmp_path, capsys):
    ended = []

    def second():
        with locking.held(tmp_path / "lock"):
            ended.append("second")

    thread = Thread(target=second)
    with locking.held(tmp_path / "lock"):
        thread.start()
        while "waiting for it to finish" not in capsys.readouterr().err:
            thread.join(0.01)
        ended.append("first")
    thread.join()
    assert ended == ["first", "second"]
