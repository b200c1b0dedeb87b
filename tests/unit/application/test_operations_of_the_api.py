"""What template.yaml says of running the API: limits, alarms, and its own refusals."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from problems import CONTENT_TYPE, TYPES

TEXT = (Path(__file__).resolve().parents[3] / "template.yaml").read_text(encoding="utf-8")
STARTS_PER_SECOND = 300  # Lambda's quota of durable executions


class Loader(yaml.SafeLoader):
    """Reads !Ref X as {"Ref": X}, and so on."""


def _function(loader: Any, name: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {name: node.value}
    read = loader.construct_sequence if isinstance(node, yaml.SequenceNode) else None
    return {name: (read or loader.construct_mapping)(node, deep=True)}


Loader.add_multi_constructor("!", _function)
TEMPLATE = yaml.load(TEXT, Loader)
RESOURCES = TEMPLATE["Resources"]
API = RESOURCES["Api"]["Properties"]
ALARMS = [name for name, each in RESOURCES.items() if each["Type"] == "AWS::CloudWatch::Alarm"]


def test_orders_posted_in_one_second_fit_lambdas_quota_of_starts() -> None:
    most = sum(
        TEMPLATE["Parameters"][name]["Default"] for name in ("OrdersPerSecond", "OrderBurst")
    )
    assert most <= STARTS_PER_SECOND


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_reaches_somebody_if_there_is_a_topic(name: str) -> None:
    actions = RESOURCES[name]["Properties"]["AlarmActions"]
    assert actions["If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]


def test_an_update_never_throws_orders_away() -> None:
    assert RESOURCES["OrdersTable"]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("kind", API["GatewayResponses"])
def test_what_api_gateway_answers_has_the_shape_of_the_api(kind: str) -> None:
    response = API["GatewayResponses"][kind]
    headers = response["ResponseParameters"]["Headers"]
    assert headers["Content-Type"] == f"'{CONTENT_TYPE}'"
    assert headers["Cache-Control"] == "'no-store'"
    text = response["ResponseTemplates"]["application/json"]
    body = json.loads(re.sub(r"\$context\.\w+\.\w+String", '"said"', text))
    assert body.keys() | {"status"} == {"type", "title", "status", "detail", "errors"}
    assert body.get("status") == response.get("StatusCode")
    known = TYPES.get(body["type"].removeprefix("/problems/"))
    if known:
        assert body["title"] == known[1]


def test_the_dashboard_shows_only_functions_and_queues_of_the_stack() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Sub"]
    named = set(re.findall(r"\$\{([^}.]+)(?:\.\w+)?\}", body))
    assert named <= RESOURCES.keys() | {"AWS::Region", "AWS::StackName"}
    widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
    assert all(widget["properties"]["title"] for widget in widgets)


def test_what_an_alarm_counts_is_on_the_dashboard() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Sub"]
    for name in ALARMS:
        assert f'"{RESOURCES[name]["Properties"]["MetricName"]}"' in body


def test_telemetry_costs_nothing_and_may_do_nothing_unless_it_is_asked_for() -> None:
    assert TEMPLATE["Parameters"]["TelemetryLayerArn"]["Default"] == ""
    processor = RESOURCES["OrderProcessor"]["Properties"]
    variables = processor["Environment"]["Variables"]
    role = RESOURCES["OrderProcessorRole"]["Properties"]["Policies"]
    for value in (
        *processor["Layers"],
        processor["Tracing"],
        variables["DURABLE_EXECUTION_PLUGINS"],
        variables["AWS_LAMBDA_EXEC_WRAPPER"],
        next(policy for policy in role if "xray" in str(policy)),
    ):
        condition, _, otherwise = value["If"]
        assert (condition, otherwise) == ("HasTelemetry", {"Ref": "AWS::NoValue"})
