"""Folders and files that only their owner can read, with any umask and any earlier owner."""

import os
import stat
import subprocess
import sys

import pytest

from workshop import private
from workshop.commands import lab
from workshop.course import my_work
from workshop.errors import WorkshopError
from workshop.paths import ROOT, TEMPORARY
from workshop.setup import uv

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there the profile folder is private")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request):
    """What the user's shell takes from new files."""
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.mark.usefixtures("umask")
def test_a_folder_and_those_made_for_it_are_only_for_the_owner(tmp_path):
    made = private.folder(tmp_path / "home" / "cloud" / "logs")
    assert [mode(path) for path in (made, *made.parents[:2])] == ["0o700"] * 3


def test_a_folder_that_was_open_to_others_is_closed(tmp_path):
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud").chmod(0o777)
    assert mode(private.folder(tmp_path / "cloud")) == "0o700"


def test_a_folder_above_is_closed_only_inside_the_repository(tmp_path, monkeypatch):
    disk, home = tmp_path / "disk", tmp_path / "clone" / ".workshop"
    for path in (disk, home):
        path.mkdir(parents=True)
        path.chmod(0o755)
    monkeypatch.setattr(private, "ROOT", tmp_path / "clone")
    private.folder(disk / "logs")
    private.folder(home / "logs")
    assert (mode(disk), mode(home)) == ("0o755", "0o700")


def test_a_folder_that_another_user_made_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(WorkshopError, match="belongs to another user"):
        private.folder(tmp_path)


def test_a_folder_for_everybody_is_refused_and_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o1777)
    with pytest.raises(WorkshopError, match="to everybody"):
        private.folder(tmp_path)
    assert mode(tmp_path) == "0o1777"


@pytest.mark.usefixtures("umask")
def test_files_are_only_for_the_owner(tmp_path):
    (tmp_path / "log").touch(0o666)
    private.write(tmp_path / "state.json", "é\n")
    with private.opened(tmp_path / "log", "w") as log:
        log.write("é\n")
    for path in tmp_path.iterdir():
        assert mode(path) == "0o600"
        assert path.read_bytes() == b"\xc3\xa9\n"


@pytest.mark.usefixtures("umask")
def test_a_learners_answers_are_only_for_the_owner(tmp_path, monkeypatch):
    monkeypatch.setattr(my_work, "HOME", tmp_path / "my-work")
    for answer in ("mine = 1\n", "mine = 2\n"):
        my_work.keep_attempt("1a", answer)
    my_work.note_hint("1a", 1)
    written = [my_work.HOME, *my_work.HOME.rglob("*")]
    assert len(written) == 6  # three folders, three files
    assert {mode(path) for path in written} == {"0o700", "0o600"}


def test_every_command_and_its_processes_write_only_for_the_owner():
    program = "import os; from workshop.commands import dispatch\n"
    program += "dispatch.main = lambda _: print(oct(os.umask(0)))\nimport workshop.__main__"
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, cwd=ROOT, text=True, umask=0) == "0o77\n"


@pytest.mark.parametrize(
    "variables", [lambda: uv.environment_variables({}), lambda: lab.environment_variables({}, ROOT)]
)
def test_what_is_started_leaves_nothing_in_a_folder_for_everybody(variables):
    assert variables()["TMPDIR"] == str(TEMPORARY)
