"""A function's DurableConfig: kept, checked and changed as CloudFormation and the Lambda API do."""

import pytest

from workshop import localcloud
from workshop.paths import CLOUD

SHORT = {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1}


@pytest.mark.parametrize("qualifier", [{}, {"Qualifier": "1"}, {"Qualifier": "live"}])
def test_a_functions_configuration_has_its_durable_config(client, functions, qualifier):
    name = functions["Short"]
    found = client.get_function_configuration(FunctionName=name, **qualifier)
    assert found["DurableConfig"] == SHORT
    found = client.get_function(FunctionName=name, **qualifier)
    assert found["Configuration"]["DurableConfig"] == SHORT


def test_lists_of_functions_and_versions_have_it_too(client, functions):
    listed = [each for page in pages(client, "list_functions") for each in page["Functions"]]
    found = {each["FunctionName"]: each.get("DurableConfig") for each in listed}
    assert found[functions["Short"]] == SHORT
    assert found[functions["Plain"]] is None
    versions = client.list_versions_by_function(FunctionName=functions["Short"])["Versions"]
    assert [each["DurableConfig"] for each in versions] == [SHORT, SHORT]


def pages(client, operation):
    return client.get_paginator(operation).paginate()


def test_functions_that_an_earlier_local_cloud_saved_without_it_get_it(client, functions):
    localcloud.stop()
    saved = CLOUD / "ministack" / "state" / "lambda.json"
    text = saved.read_text(encoding="utf-8")
    assert text.count('"DurableConfig"') >= 2
    saved.write_text(text.replace('"DurableConfig"', '"Forgotten"'), encoding="utf-8")
    localcloud.start()
    found = client.get_function_configuration(FunctionName=functions["Short"], Qualifier="1")
    assert found["DurableConfig"] == SHORT
