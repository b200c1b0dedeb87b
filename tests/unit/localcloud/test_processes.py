"""The local cloud's processes: what is noted of them, and what they may know."""

import os
import subprocess
import sys

import pytest

from workshop import localcloud
from workshop.errors import WorkshopError
from workshop.localcloud import processes, state


def test_state_is_read_as_it_was_written(tmp_path):
    written = state.State(
        ports={"lambda": 1}, clock="real", supervisor=state.Process.of(os.getpid()), ready=True
    )
    state.write(written, tmp_path / "state.json")
    assert state.read(tmp_path / "state.json") == written
    assert written.running


def test_half_a_state_file_is_no_state(tmp_path):
    (tmp_path / "state.json").write_text('{"ports": {')
    assert state.read(tmp_path / "state.json") == state.State()


def test_a_process_that_has_ended_is_not_found():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    noted = state.Process.of(process.pid)
    assert noted.find() is not None
    process.communicate(b"\n")
    assert noted.find() is None


def test_another_process_with_the_same_number_is_not_taken_for_it():
    assert state.Process(os.getpid(), started=1.0).find() is None


def test_the_learners_own_credentials_never_reach_a_part(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret of a real account")
    monkeypatch.setenv("AWS_PROFILE", "work")
    for part in processes.all_parts({"ministack": 1, "lambda": 2}, "skip"):
        assert "secret of a real account" not in part.environment().values()
        assert "AWS_PROFILE" not in part.environment()


def test_every_part_listens_only_on_loopback():
    made = processes.ministack({"ministack": 1, "lambda": 2})
    assert made.environment()["BIND_HOST"] == "127.0.0.1"


def test_a_full_disk_is_named_before_anything_is_started():
    with pytest.raises(WorkshopError, match="Only 3 MB are free on this disk"):
        localcloud._check_disk(3_000_000)
