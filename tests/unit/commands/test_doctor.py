"""The doctor's verdicts, on facts made up here."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.commands import doctor
from workshop.paths import ROOT
from workshop.setup import findings
from workshop.setup.environments import SAM
from workshop.setup.pythons import Python


def test_a_python_that_lambda_runs_is_ok():
    assert findings.on_python(Python((3, 13, 0), "/any/python")).level == "ok"
    assert findings.on_python(Python((3, 14, 0), "/any/python")).level == "ok"


def test_an_older_python_is_a_warning_that_says_what_to_install():
    finding = findings.on_python(Python((3, 11, 9), "/any/python"))
    assert finding.level == "warn"
    assert "Install Python 3.13" in finding.mend


def test_no_python_is_a_problem_that_says_what_to_install():
    finding = findings.on_python(None)
    assert finding.level == "problem"
    assert "Install Python 3.13" in finding.mend


@pytest.mark.parametrize(
    ("free_bytes", "is_set_up", "level"),
    [
        (5_000_000_000, False, "ok"),
        (1_000_000_000, False, "problem"),
        (1_000_000_000, True, "ok"),
        (100_000_000, True, "warn"),
    ],
)
def test_a_disk_needs_room_for_set_up_and_little_after_it(free_bytes, is_set_up, level):
    assert findings.on_disk(free_bytes, is_set_up).level == level


def test_a_folder_that_may_not_be_written_to_is_a_problem():
    assert findings.on_folder("/repository", is_writable=True).level == "ok"
    assert findings.on_folder("/repository", is_writable=False).level == "problem"


def test_a_machine_on_which_nothing_may_listen_is_a_problem():
    assert findings.on_ports(can_listen=False, taken=[]).level == "problem"


def test_taken_ports_are_named_and_no_problem():
    finding = findings.on_ports(can_listen=True, taken=[8888])
    assert finding.level == "ok"
    assert "8888" in finding.what


def test_a_taken_port_is_seen(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not doctor.can_listen(other.getsockname()[1])
    assert doctor.can_listen(0)


@pytest.mark.parametrize(
    ("environ", "level"),
    [
        ({}, "ok"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "problem"),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "localhost, 127.0.0.1"}, "ok"),
        ({"ALL_PROXY": "socks5://proxy", "NO_PROXY": "*"}, "ok"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "ok"),
    ],
)
def test_a_proxy_must_leave_this_machine_to_itself(environ, level):
    assert findings.on_proxy(environ).level == level


@pytest.mark.parametrize(
    ("was_made", "is_current", "works", "level", "mend"),
    [
        (True, True, True, "ok", ""),
        (False, False, False, "warn", "setup"),
        (True, False, True, "warn", "next command"),
        (True, True, False, "problem", "--fresh"),
        (True, False, False, "problem", "--fresh"),
    ],
)
def test_an_environment_is_made_current_and_whole(was_made, is_current, works, level, mend):
    finding = findings.on_part(SAM, was_made, is_current, works)
    assert finding.level == level
    assert mend in finding.mend


@pytest.mark.parametrize(
    ("answer", "level"),
    [("running", "ok"), ("stopped", "ok"), (None, "warn"), ("ministack ended", "problem")],
)
def test_the_local_cloud_may_run_or_rest_but_not_be_in_trouble(answer, level):
    assert findings.on_local_cloud(answer).level == level


def test_credentials_that_work_say_who_you_are():
    finding = findings.on_credentials("arn:aws:iam::111122223333:user/ada", "")
    assert finding.level == "ok"
    assert "ada" in finding.what


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("NoCredentialsError", "no credentials"),
        ("ExpiredToken", "expired"),
        ("EndpointConnectionError", "cannot be reached"),
        ("ProfileNotFound", "profile"),
        ("SetUp", "before setup"),
        ("InvalidClientTokenId", "do not work (InvalidClientTokenId)"),
    ],
)
def test_credentials_that_do_not_work_say_why_and_what_to_do(fault, sentence):
    finding = findings.on_credentials(None, fault)
    assert finding.level == "problem"
    assert sentence in finding.what
    assert finding.mend


def test_a_finding_shows_how_to_fix_it_on_its_own_line():
    assert str(findings.Finding("ok", "all well")) == "ok       all well"
    assert str(findings.Finding("warn", "so so", "Mend it.")).splitlines()[1].strip() == "Mend it."


@pytest.mark.parametrize(("levels", "code"), [(["ok", "warn"], 0), (["ok", "problem"], 1)])
def test_the_doctor_fails_only_on_a_problem(monkeypatch, capsys, levels, code):
    found = [findings.Finding(level, "something") for level in levels]
    monkeypatch.setattr(doctor, "examine", lambda target: iter(found))
    assert doctor.run([]) == code


def test_the_doctor_works_where_nothing_has_been_set_up(tmp_path):
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        [sys.executable, "-S", "-m", "workshop", "doctor", "--target", "aws"],
        cwd=ROOT,
        env={"WORKSHOP_HOME": str(tmp_path / "none"), "PATH": path, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "SAM CLI: not made yet." in done.stdout
    assert "local cloud: cannot be asked before setup." in done.stdout
    assert "AWS: the credentials cannot be checked before setup." in done.stdout
    assert not (tmp_path / "none").exists()
