"""What is told about a stack that was deleted: its own things, no others, and what is unseen."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from workshop.aws import leftovers
from workshop.aws.leftovers import Left, Remains, inventory, report
from workshop.display import Table

ANSWERS: dict[tuple[str, str], dict[str, Any]] = {
    ("cloudformation", "list_stacks"): {"StackSummaries": []},
    ("logs", "describe_log_groups"): {"logGroups": []},
    ("dynamodb", "list_tables"): {"TableNames": []},
    ("dynamodb", "list_backups"): {"BackupSummaries": []},
    ("lambda", "list_functions"): {"Functions": []},
    ("lambda", "list_layers"): {"Layers": []},
    ("apigateway", "get_rest_apis"): {"items": []},
    ("apigateway", "get_api_keys"): {"items": []},
    ("apigateway", "get_usage_plans"): {"items": []},
    ("cloudwatch", "describe_alarms"): {"MetricAlarms": []},
    ("cloudwatch", "list_dashboards"): {"DashboardEntries": []},
    ("sqs", "list_queues"): {"QueueUrls": []},
    ("events", "list_rules"): {"Rules": []},
    ("iam", "list_roles"): {"Roles": [], "IsTruncated": False},
    ("cloudformation", "describe_stacks"): {"Stacks": []},
    ("s3", "list_object_versions"): {"Versions": []},
}


@dataclass
class Account:
    """An AWS account that gives the answers above, except for those that it is told to give.

    botocore checks that each is a question, and an answer, as AWS has it.
    """

    answers: dict[str, list[Any]] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self.clients:
            client = boto3.client(
                service, "us-east-2", aws_access_key_id="a", aws_secret_access_key="b"
            )
            stub = Stubber(client)
            for (owner, operation), usual in ANSWERS.items():
                if owner == service:
                    self._answer(stub, operation, usual)
            stub.activate()
            self.clients[service] = client
        return self.clients[service]

    def _answer(self, stub: Stubber, operation: str, usual: dict[str, Any]) -> None:
        for answer in self.answers.get(operation, [usual]):
            if isinstance(answer, str):
                stub.add_client_error(operation, answer)
            else:
                stub.add_response(operation, answer)


def left(**answers: list[Any]) -> list[tuple[str, str]]:
    remains = leftovers.remains(Account(answers))  # type: ignore[arg-type]
    assert remains.unseen == ()
    return [(each.kind, each.name) for each in remains.found]


def log_groups(*names: str) -> dict[str, Any]:
    return {"logGroups": [{"logGroupName": name} for name in names]}


def stack(name: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {"StackName": name, "StackStatus": status, "CreationTime": datetime(2026, 1, 1)}  # noqa: DTZ001


def test_nothing_is_left_of_a_stack_that_never_was() -> None:
    assert left() == []


def test_a_log_group_and_a_table_of_the_stack_are_told_and_those_of_others_are_not() -> None:
    assert left(
        describe_log_groups=[
            log_groups(
                "/aws/lambda/durable-orders-order-api",
                "/aws/lambda/durable-ordering",
                "/aws/lambda/somebody-elses",
            )
        ],
        list_tables=[{"TableNames": ["durable-orders-OrdersTable-A1", "an-OrdersTable-B2"]}],
    ) == [
        ("log group", "/aws/lambda/durable-orders-order-api"),
        ("table", "durable-orders-OrdersTable-A1"),
    ]


def test_a_queue_is_known_by_the_end_of_its_address() -> None:
    queue = "https://sqs.us-east-2.amazonaws.com/123456789012/durable-orders-dead-letters"
    others = "https://sqs.us-east-2.amazonaws.com/123456789012/orders"
    assert left(list_queues=[{"QueueUrls": [others, queue]}]) == [("queue", queue)]


@pytest.mark.parametrize(
    ("status", "told"), [("CREATE_COMPLETE", 0), ("DELETE_FAILED", 0), ("DELETE_COMPLETE", 1)]
)
def test_what_belongs_to_a_stack_with_a_longer_name_is_not_told(status: str, told: int) -> None:
    found = left(
        list_stacks=[{"StackSummaries": [stack("durable-orders-of-ada", status)]}],
        describe_log_groups=[log_groups("/aws/lambda/durable-orders-of-ada-order-api")],
    )
    assert len(found) == told


def test_every_page_is_read() -> None:
    one, two = "/aws/lambda/durable-orders-one", "/aws/lambda/durable-orders-two"
    pages = [{**log_groups(one), "nextToken": "more"}, log_groups(two)]
    assert [name for _, name in left(describe_log_groups=pages)] == [one, two]


def test_the_bucket_of_sam_cli_is_told_with_how_much_of_it_is_ours() -> None:
    outputs = [{"OutputKey": "SourceBucket", "OutputValue": "source-bucket"}]
    found = left(
        describe_stacks=[{"Stacks": [{**stack(leftovers.SAM_STACK), "Outputs": outputs}]}],
        list_object_versions=[
            {"Versions": [{"Key": "durable-orders/a"}, {"Key": "durable-orders/b"}]}
        ],
    )
    assert found == [("bucket of SAM CLI (2 files of this stack)", "source-bucket")]


def test_what_may_not_be_checked_is_named_and_the_rest_is_checked() -> None:
    answers = {
        "list_roles": ["AccessDenied"],
        "describe_log_groups": [log_groups("/aws/lambda/durable-orders-order-api")],
    }
    remains = leftovers.remains(Account(answers))  # type: ignore[arg-type]
    assert remains.unseen == ("role (AccessDenied)",)
    assert [each.kind for each in remains.found] == ["log group"]
    assert "Not checked: role (AccessDenied)." in repr(report(remains, "aws"))


def test_the_inventory_says_that_nothing_was_deleted():
    text = repr(inventory({"AWS::Lambda::Function": 2, "AWS::DynamoDB::Table": 2}))
    assert text.startswith("The stack durable-orders holds 4 resources. Nothing has been deleted.")


def test_the_report_says_how_to_remove_what_is_left_and_where_it_is():
    left = Remains((Left("table", "durable-orders-T", "aws dynamodb delete-table"),), ())
    assert "aws dynamodb delete-table" in repr(report(left, "aws"))
    assert "make reset" not in repr(report(left, "aws"))
    assert "make reset" in repr(report(left, "local"))


def test_no_advice_is_cut():
    rows = [(look.kind, "", look.remove) for look in leftovers.LOOKS]
    assert "…" not in repr(Table("", ("what", "name", "to remove it"), rows))


def test_the_report_on_nothing_says_what_was_looked_for():
    assert "Nothing is left" in repr(report(Remains((), ()), "aws"))
    assert "log group" in repr(report(Remains((), ()), "aws"))
