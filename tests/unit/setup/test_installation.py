"""Installing: what the installers are told, and what people read when one fails."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from workshop import paths
from workshop.errors import WorkshopError
from workshop.setup import installation, installer_errors, locking, uv
from workshop.setup.progress_display import bar, stage


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
