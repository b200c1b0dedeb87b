"""Deploying: what is checked beforehand, and what is read from SAM's output."""

from typing import cast

import pytest

from workshop.aws import deployed, deployment, preflight, sam, stack
from workshop.aws.target import Target
from workshop.course import application
from workshop.course.application import FINISHED, Application
from workshop.errors import WorkshopError

OUTPUT = """\
Waiting for changeset to be created..
+ Add                      OrdersTable              AWS::DynamoDB::Table     N/A
* Modify                   OrderApi                 AWS::Lambda::Function    False
CREATE_IN_PROGRESS       AWS::DynamoDB::Table     OrdersTable              -
CREATE_COMPLETE          AWS::DynamoDB::Table     OrdersTable              -
UPDATE_COMPLETE          AWS::Lambda::Function    OrderApi                 -
"""


def test_progress_counts_resources_of_those_that_change():
    shown: list[sam.Progress] = []
    sam._follow(OUTPUT.splitlines(keepends=True), lambda _: None, shown.append)
    assert [(each.done, each.total) for each in shown] == [(0, 0), (0, 2), (1, 2), (2, 2)]
    assert shown[-1].text == "update Function OrderApi"


def test_the_last_error_line_is_the_reason():
    output = ["Deploying\n", "Error: Stack x is in ROLLBACK_COMPLETE state\n", "\n"]
    assert sam.reason(output) == "Stack x is in ROLLBACK_COMPLETE state"


def test_a_reason_of_several_lines_is_told_in_one_with_the_place():
    output = ["Error: Failed to parse template: while scanning a simple key\n"]
    output += ['  in "<unicode string>", line 41, column 1:\n', "    Resources\n"]
    assert sam.reason(output) == (
        "Failed to parse template: while scanning a simple key "
        'in "<unicode string>", line 41, column 1: Resources'
    )


@pytest.fixture
def app(monkeypatch, tmp_path):
    """An application without modules; its template is the real one."""
    monkeypatch.setattr(application, "ROOT", tmp_path)
    app = Application(tmp_path, FINISHED.requirements)
    (app.layer / "python").mkdir(parents=True)
    app.modules.mkdir()
    app.template.write_text(FINISHED.template.read_text())
    return app


def test_a_syntax_error_is_named_by_file_and_line_before_sam_runs(app):
    (app.modules / "payment.py").write_text("def charge(:\n    pass\n")
    with pytest.raises(WorkshopError, match=r"modules/payment\.py is not valid Python: line 1"):
        preflight.check_sources(app)


def test_a_missing_workflow_is_named(app):
    with pytest.raises(WorkshopError, match=r"modules/workflow\.py is missing"):
        preflight.check_sources(app)


def test_a_workflow_without_a_handler_is_named(app):
    (app.modules / "workflow.py").write_text("def handle(): ...\n")
    with pytest.raises(WorkshopError, match=r"workflow.py has no handler"):
        preflight.check_sources(app)


def test_an_unknown_parameter_is_refused_with_those_that_there_are():
    preflight.check_parameters(FINISHED, {"WarehouseWaitSeconds": 3})
    with pytest.raises(WorkshopError, match=r"no parameter .WarehouseWait.*WarehouseWaitSeconds"):
        preflight.check_parameters(FINISHED, {"WarehouseWait": 3})


def test_a_missing_layer_is_named(app):
    (app.layer / "python").rmdir()
    with pytest.raises(WorkshopError, match="make setup"):
        preflight.check_sources(app)


def test_caches_are_not_packaged_and_sources_stay(app):
    (app.modules / "__pycache__").mkdir()
    (app.modules / "payment.py").touch()
    deployment.forget_caches(app)
    assert [path.name for path in app.modules.iterdir()] == ["payment.py"]


def test_any_change_of_a_module_changes_the_fingerprint(app):
    (app.modules / "payment.py").write_text("a = 1\n")
    before = deployed.fingerprint(app)
    assert deployed.fingerprint(app) == before
    assert deployed.fingerprint(app, {"WarehouseWaitSeconds": 3}) != before
    (app.modules / "payment.py").write_text("a = 2\n")
    assert deployed.fingerprint(app) != before


def test_the_default_of_a_parameter_that_was_changed_is_brought_back(monkeypatch):
    deployed = {"ReviewSeconds": "5", "WarehouseWaitSeconds": "300", "AlarmTopicArn": "arn:of:mine"}
    monkeypatch.setattr(stack, "parameters", lambda *_: deployed)
    back = deployment.changed_parameters(cast(Target, None), FINISHED)
    assert back == {"ReviewSeconds": "72000"}  # SAM CLI cannot be given an empty one
