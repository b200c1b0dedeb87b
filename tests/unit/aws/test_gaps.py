"""What deploy says about a template that asks for more than the local cloud does."""

from workshop.aws import gaps
from workshop.course.application import FINISHED


def told(**resources):
    return [str(gap) for gap in gaps.in_template({"Resources": resources})]


def resource(kind, **properties):
    return {"Type": kind, "Properties": properties}


def test_a_property_that_does_nothing_is_told_with_the_resources_that_have_it():
    traced = resource("AWS::Lambda::Function", TracingConfig={"Mode": "Active"})
    assert told(One=traced, Two=traced, Three=resource("AWS::Lambda::Function")) == [
        "TracingConfig of One, Two does nothing on the local cloud: X-Ray is missing."
    ]


def test_destinations_are_told_only_of_durable_functions():
    sent = {"FunctionName": {"Ref": "F"}, "DestinationConfig": {"OnFailure": {}}}
    config = resource("AWS::Lambda::EventInvokeConfig", **sent)
    durable = resource("AWS::Lambda::Function", DurableConfig={"ExecutionTimeout": 60})
    assert len(told(F=durable, Config=config)) == 1
    assert told(F=resource("AWS::Lambda::Function"), Config=config) == []


def test_what_the_notebooks_do_not_repeat_is_in_the_workshops_own_template():
    template = FINISHED.template.read_text()
    assert all(name.removesuffix("Config") in template for name in gaps.OF_THE_WORKSHOP)


def test_every_gap_is_in_the_list_of_the_docs():
    text = (FINISHED.template.parent / "docs" / "local-cloud.md").read_text()
    assert all(f"`{name}`" in text for _, name in gaps.GAPS)
