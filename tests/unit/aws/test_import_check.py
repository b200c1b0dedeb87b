"""What cannot be imported is told before a deployment, by file and line."""

import pytest

from workshop.aws import import_check, preflight
from workshop.course import application, stages
from workshop.course.application import FINISHED, Application
from workshop.errors import WorkshopError
from workshop.paths import LAYER


@pytest.fixture
def app(monkeypatch, tmp_path):
    """An application of one module, so that a check has no libraries to import."""
    monkeypatch.setattr(application, "ROOT", tmp_path)
    app = Application(tmp_path, FINISHED.requirements)
    app.modules.mkdir()
    app.layer.parent.mkdir()
    app.layer.symlink_to(LAYER, target_is_directory=True)
    app.template.touch()
    write(app, {"money": stages.complete()["money"]})
    return app


def write(app, modules: dict[str, str]) -> None:
    for name, text in modules.items():
        (app.modules / f"{name}.py").write_text(text, encoding="utf-8")


def told(app, text: str) -> str:
    (app.modules / "risk.py").write_text(text, encoding="utf-8")
    with pytest.raises(WorkshopError) as caught:
        import_check.check(app)
    return str(caught.value)


def test_the_finished_modules_import_and_leave_no_bytecode(app):
    write(app, stages.complete())
    import_check.check(app)
    assert not list(app.modules.glob("__pycache__"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import json\nX = josn.dumps(1)\n", "line 2, NameError: name 'josn' is not defined."),
        (
            "import json\nX = json.dmps(1)\n",
            "line 2, AttributeError: module 'json' has no attribute 'dmps'",
        ),
        (
            "\n\nfrom money import cents_of_nothing\n",
            "line 3, ImportError: cannot import name 'cents_of_nothing' from 'money'",
        ),
        ("import pandas\n", "line 1, ModuleNotFoundError: No module named 'pandas'."),
    ],
)
def test_an_error_is_told_in_one_sentence_with_file_and_line(app, text, words):
    assert told(app, text).startswith(f"modules/risk.py cannot be imported: {words}")


def test_a_missing_module_says_where_it_may_come_from(app):
    words = told(app, "import payments\n")
    assert "run the cell that writes it" in words
    assert "requirements/lambda.in" in words


def test_a_given_module_that_is_missing_comes_back_with_the_first_cell(app):
    words = told(app, "import rules\n")
    assert "rules is a given module. This notebook's first code cell restores it" in words


def test_what_the_workshop_has_and_lambda_has_not_is_missing(app):
    assert "No module named 'requests'" in told(app, "import requests\n")


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("CPU_SECONDS = 20", "X = 1\nwhile X:\n    X += 1\n"),
        ("WAIT_SECONDS = 60", "\nimport threading\nthreading.Event().wait()\n"),
        ("WAIT_SECONDS = 60", "import itertools\nX = (\n    sum(itertools.count()))\n"),
    ],
    ids=["loops", "waits", "lets no other thread run"],
)
def test_a_module_that_does_not_end_is_ended_and_its_line_told(
    app, monkeypatch, tmp_path, limit, text
):
    process = tmp_path / "import_process.py"
    program = import_check.PROCESS.read_text(encoding="utf-8")
    assert limit in program
    process.write_text(program.replace(limit, f"{limit.split()[0]} = 1"), encoding="utf-8")
    monkeypatch.setattr(import_check, "PROCESS", process)
    words = told(app, text)
    assert words.startswith("modules/risk.py does not end when it is imported: line ")
    assert "line ?" not in words


@pytest.mark.parametrize(
    "text",
    [
        "import os\nTABLE = os.environ['SET_BY_THE_TEMPLATE']\n",
        "import os\nTABLES = os.environ.get('SET_BY_THE_TEMPLATE').split()\n",
        "print('hello')\n",
    ],
)
def test_what_may_succeed_on_lambda_is_left_to_lambda(app, text):
    (app.modules / "another.py").write_text(text, encoding="utf-8")
    import_check.check(app)


@pytest.mark.parametrize("notebook", [path.name[:2] for path in stages.solved()])
def test_every_stage_of_the_workshop_can_be_deployed(app, notebook, monkeypatch, tmp_path):
    write(app, stages.before(notebook))
    monkeypatch.setattr(preflight, "CLOUD", tmp_path / "cloud")
    preflight.check_imports(app)


def test_imports_are_asked_again_only_after_a_change(app, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(preflight, "CLOUD", tmp_path / "cloud")
    monkeypatch.setattr(import_check, "check", lambda *_: asked.append(1))
    preflight.check_imports(app)
    preflight.check_imports(app)
    assert len(asked) == 1
    (app.modules / "risk.py").write_text("a = 1\n", encoding="utf-8")
    preflight.check_imports(app)
    assert len(asked) == 2
