"""Crashing a function at will: the note of whom a worker serves, and the death of that worker."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.localcloud.lambda_api import crashing
from workshop.localcloud.processes import BOOTSTRAP

ARN = "arn:aws:lambda:us-east-2:000000000000:function:f:1/durable-execution/ord-1/x"
REQUEST = f'{{"event": {{"DurableExecutionArn": "{ARN}", "CheckpointToken": "t"}}, "ctx": {{}}}}\n'


@pytest.fixture
def note(tmp_path: Path):
    """The note that this process would keep if it were a worker."""
    written = runpy.run_path(str(BOOTSTRAP))["ServingNote"](tmp_path)
    yield written
    written._file.close()


@pytest.fixture
def worker(tmp_path: Path):
    """A process that looks like a worker which serves ARN."""
    program = "import sys; print('up', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", program, str(BOOTSTRAP)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()  # until then it may not have its command line yet
        (tmp_path / str(process.pid)).write_text(ARN)
        yield process
        process.kill()


def read(folder: Path) -> str:
    return (folder / str(os.getpid())).read_text()


def test_a_worker_notes_the_execution_it_serves_until_it_has_answered(note, tmp_path) -> None:
    note.write(REQUEST)
    assert read(tmp_path) == ARN
    note.clear()
    assert read(tmp_path) == ""
    note.write(REQUEST)
    assert read(tmp_path) == ARN


def test_an_ordinary_request_that_speaks_of_an_execution_is_not_noted(note, tmp_path) -> None:
    note.write(f'{{"event": {{"order": {{"DurableExecutionArn": "{ARN}"}}}}, "ctx": {{}}}}\n')
    assert read(tmp_path) == ""


def test_the_process_that_serves_an_execution_is_killed(worker, tmp_path) -> None:
    assert crashing.crash(ARN, tmp_path)
    assert worker.wait(60) != 0
    assert not crashing.crash(ARN, tmp_path), "it is dead already"


def test_the_processes_of_other_executions_live_on(worker, tmp_path) -> None:
    assert not crashing.crash(ARN + "y", tmp_path)
    assert worker.poll() is None


def test_a_process_that_has_the_number_of_a_dead_worker_is_spared(tmp_path) -> None:
    (tmp_path / str(os.getpid())).write_text(ARN)
    assert not crashing.crash(ARN, tmp_path)


def test_a_note_that_cannot_be_read_any_more_is_nobodys(worker, tmp_path) -> None:
    (tmp_path / "1").mkdir()  # to read it is an error, as of a note that was removed a moment ago
    assert crashing.crash(ARN, tmp_path)
