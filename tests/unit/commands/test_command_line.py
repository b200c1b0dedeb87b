"""The command line: it starts on any Python with nothing installed, and its verbs are in order."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys

import pytest

from workshop import paths
from workshop.commands import VERBS, clean, dispatch, find
from workshop.errors import WorkshopError
from workshop.paths import ROOT
from workshop.setup import environments

BEFORE_SET_UP = [verb for verb in VERBS if not verb.needs_environment]
EARLY_FILES = sorted(
    {
        *(ROOT / "workshop" / f"{name}.py" for name in ("__init__", "__main__", "errors")),
        *(ROOT / "workshop" / f"{name}.py" for name in ("paths", "private")),
        *(ROOT / "workshop" / "commands" / f"{name}.py" for name in ("__init__", "dispatch")),
        *(ROOT / "workshop" / "commands" / f"{v.code.split(':')[0]}.py" for v in BEFORE_SET_UP),
        *(ROOT / "workshop" / "setup").glob("*.py"),
    }
)


def workshop(*arguments, **options):
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "workshop", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("file", EARLY_FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_runs_before_set_up_is_understood_by_python_3_8(file):
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_entry_point_has_words_for_pythons_that_understand_nothing_newer():
    entry = (ROOT / "workshop" / "__main__.py").read_text(encoding="utf-8")
    assert "annotations" not in entry
    assert 'f"' not in entry


def test_what_runs_before_set_up_imports_only_the_standard_library():
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).replace(".__init__", "")
        for file in EARLY_FILES
        if file.name != "__main__.py"
    ]
    program = f"""
import importlib, sys
sys.path.insert(0, {str(ROOT)!r})
for name in {modules!r}:
    importlib.import_module(name)
ours = {{name for name in sys.modules if name.split(".")[0] not in sys.stdlib_module_names}}
print(*sorted(name for name in ours if name.split(".")[0] not in ("workshop", "__main__")))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.strip() == ""


def test_every_verb_is_in_the_makefile_with_the_same_words():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = dict(re.findall(r"^([a-z-]+):.*## (.+)$", makefile, re.MULTILINE))
    assert targets == {verb.name: verb.help for verb in VERBS}


def test_every_make_target_is_one_line_over_its_verb():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in VERBS[1:]:
        assert f"\n\t$(WORKSHOP) {verb.name} $(ARGS)\n" in makefile
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == [verb.name for verb in VERBS]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_its_code(verb):
    module, function = verb.code.split(":")
    code = ROOT / "workshop" / "commands" / f"{module}.py"
    tree = ast.parse(code.read_text(encoding="utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_help_lists_every_verb():
    shown = workshop("help").stdout
    for verb in VERBS:
        assert f"{verb.name:<8} {verb.help}" in shown


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]], ids=str)
def test_without_a_verb_there_is_help(arguments):
    done = workshop(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("usage:")


def test_a_mistyped_verb_is_answered_with_the_nearest_one():
    done = workshop("ordr")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Did you mean `order`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_verb_unlike_any_other_is_answered_with_where_to_look():
    assert "help` lists them" in str(dispatch.unknown("xyzzy"))
    assert "Did you mean" not in str(dispatch.unknown("xyzzy"))


def test_debug_shows_the_traceback_behind_a_sentence():
    assert "Traceback" in workshop("--debug", "ordr").stderr


@pytest.fixture
def failing(monkeypatch, tmp_path):
    """Make the verb `clean` fail with an error."""
    monkeypatch.delenv("WORKSHOP_DEBUG", raising=False)
    monkeypatch.setattr("workshop.paths.LOGS", tmp_path)

    def fail(error):
        def call(verb, arguments):
            raise error

        monkeypatch.setattr(dispatch, "call", call)
        return dispatch.main(["clean"])

    return fail


def test_an_error_a_person_can_fix_is_one_sentence_and_exit_code_1(failing, capsys):
    assert failing(WorkshopError("The disk is full.", "Free some.")) == 1
    assert capsys.readouterr().err == "The disk is full. Free some.\n"


def test_an_unforeseen_error_leaves_its_traceback_in_a_file(failing, capsys, tmp_path):
    assert failing(KeyError("lost")) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert str(tmp_path / "last-error.log") in said
    assert "KeyError: 'lost'" in (tmp_path / "last-error.log").read_text()


def test_ctrl_c_is_one_line_and_exit_code_130(failing, capsys):
    assert failing(KeyboardInterrupt()) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "\nStopped.\n"


def test_an_error_says_what_happened_and_what_to_do():
    error = WorkshopError("It broke.", "Mend it.")
    assert (error.what_happened, error.what_to_do, str(error)) == (
        "It broke.",
        "Mend it.",
        "It broke. Mend it.",
    )
    assert str(WorkshopError("It broke.")) == "It broke."


def test_verbs_are_found_by_their_whole_name():
    assert find("lab") is not None
    assert find("la") is None


@pytest.fixture
def made_things(monkeypatch, tmp_path):
    """A repository in which everything has been made, and a learner has worked."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "HOME", tmp_path / ".workshop")
    monkeypatch.setattr(paths, "CLOUD", tmp_path / ".workshop" / "cloud")
    monkeypatch.setattr(environments, "STAMPS", tmp_path / ".workshop" / "stamps")
    for name in (
        ".workshop/envs/sam/big",
        "build/layer/python/six.py",
        "modules/__pycache__/x.pyc",
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"x" * 1_000_000)
    for name in ("notebooks/01.ipynb", "modules/payment.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    return tmp_path


def test_clean_leaves_the_learners_work_alone(made_things, capsys):
    assert clean.run([]) == 0
    left = {path.relative_to(made_things).as_posix() for path in made_things.rglob("*.*")}
    assert left == {"notebooks/01.ipynb", "modules/payment.py"}
    said = capsys.readouterr().out
    assert "removed .workshop\nremoved build\n" in said
    assert "Freed 3 MB" in said


def test_clean_takes_only_what_is_ours_from_a_folder_elsewhere(made_things, monkeypatch, tmp_path):
    shared = tmp_path / "shared"
    (shared / "envs").mkdir(parents=True)
    (shared / "photos").mkdir()
    monkeypatch.setattr(paths, "HOME", shared)
    clean.run([])
    assert [path.name for path in shared.iterdir()] == ["photos"]


def test_cleaning_twice_is_fine(made_things, capsys):
    clean.run([])
    assert clean.run([]) == 0
    assert "Freed 0 MB" in capsys.readouterr().out
