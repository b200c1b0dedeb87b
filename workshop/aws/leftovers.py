"""What a stack holds, and what is left at the target once it is deleted.

It asks AWS APIs, and lists only names that belong to the stack. It also lists what it cannot check,
for example without a permission.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from workshop.aws import stack
from workshop.aws.stack import STACK_NAME
from workshop.aws.target import Target, error_code
from workshop.display import Table

BUCKET = "bucket of SAM CLI"
SAM_STACK = "aws-sam-cli-managed-default"
GONE = "DELETE_COMPLETE"
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Look:
    """One kind of thing: how to list it, where the names are, and how to remove one by hand."""

    kind: str
    service: str
    operation: str
    names: str
    remove: str
    parameters: Mapping[str, str] = field(default_factory=dict)


LOOKS = (
    Look(
        "log group", "logs", "describe_log_groups", "logGroups[].logGroupName",
        "aws logs delete-log-group --log-group-name NAME",
    ),
    Look(
        "table", "dynamodb", "list_tables", "TableNames[]",
        "aws dynamodb delete-table --table-name NAME",
    ),
    Look(
        "backup of a table", "dynamodb", "list_backups", "BackupSummaries[].TableName",
        "none needed: AWS keeps it for 35 days, at no cost", parameters={"BackupType": "ALL"},
    ),
    Look(
        "function, with its versions", "lambda", "list_functions", "Functions[].FunctionName",
        "aws lambda delete-function --function-name NAME",
    ),
    Look(
        "layer", "lambda", "list_layers", "Layers[].LayerName",
        "delete its versions in the Lambda console",
    ),
    Look("API", "apigateway", "get_rest_apis", "items[].name", "delete it in the console"),
    Look("API key", "apigateway", "get_api_keys", "items[].name", "delete it in the console"),
    Look("usage plan", "apigateway", "get_usage_plans", "items[].name", "delete it in the console"),
    Look(
        "alarm", "cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName",
        "aws cloudwatch delete-alarms --alarm-names NAME",
    ),
    Look(
        "dashboard", "cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName",
        "aws cloudwatch delete-dashboards --dashboard-names NAME",
    ),
    Look(
        "queue", "sqs", "list_queues", "QueueUrls[]",
        "aws sqs delete-queue --queue-url NAME",
    ),
    Look("rule", "events", "list_rules", "Rules[].Name", "delete it in the EventBridge console"),
    Look("role", "iam", "list_roles", "Roles[].RoleName", "delete it in the IAM console"),
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """One thing that is left: its kind, its name, and how to remove it."""

    kind: str
    name: str
    remove: str


@dataclass(frozen=True)
class Remains:
    """What is left, and what could not be checked, with the reason."""

    found: tuple[Left, ...]
    unseen: tuple[str, ...]


def resources(target: Target, name: str = STACK_NAME) -> dict[str, int] | None:
    """Return the number of resources of each type in the stack; None if it does not exist."""
    if stack.describe(target, name) is None:
        return None
    pages = target.client("cloudformation").get_paginator("list_stack_resources")
    rows = pages.paginate(StackName=name).search("StackResourceSummaries[]")
    return dict(Counter(row["ResourceType"] for row in rows if row["ResourceStatus"] != GONE))


def remains(target: Target, name: str = STACK_NAME) -> Remains:
    """Return what is left of a stack that has been deleted."""
    unseen: list[str] = []

    def ask(what: str, things: Iterable[Thing]) -> list[Thing]:
        try:
            return list(things)
        except (ClientError, BotoCoreError) as error:
            unseen.append(f"{what} ({error_code(error)})")
            return []

    others = ask("other stacks", _longer_names(target, name))
    found: list[Left] = []
    for look in LOOKS:
        found += ask(look.kind, _seen(target, look, name, others))
    found += ask(BUCKET, _uploads(target, name))
    return Remains(tuple(found), tuple(unseen))


def _seen(target: Target, look: Look, name: str, others: list[str]) -> Iterator[Left]:
    """Yield the things of one kind that belong to the stack, not to one with a longer name."""
    pages = target.client(look.service).get_paginator(look.operation)
    for each in pages.paginate(**look.parameters).search(look.names):
        own = str(each).rpartition("/")[2]  # of the name of a log group, or of a queue's address
        longer = any(own.startswith(f"{other}-") for other in others)
        if own.startswith(f"{name}-") and not longer:
            yield Left(look.kind, str(each), look.remove)


def _longer_names(target: Target, name: str) -> Iterator[str]:
    """Yield other stacks whose resources have names that begin like ours."""
    pages = target.client("cloudformation").get_paginator("list_stacks")
    for each in pages.paginate().search("StackSummaries[]"):
        if each["StackName"].startswith(f"{name}-") and each["StackStatus"] != GONE:
            yield each["StackName"]


def _uploads(target: Target, name: str) -> Iterator[Left]:
    """Yield SAM CLI's bucket, one for each account and region, and how much of it is ours."""
    found = stack.describe(target, SAM_STACK)
    outputs = (found or {}).get("Outputs", [])
    for bucket in [o["OutputValue"] for o in outputs if o["OutputKey"] == "SourceBucket"]:
        pages = target.client("s3").get_paginator("list_object_versions")
        # SAM CLI deletes its uploads, but the bucket keeps the versions of deleted files.
        counts = pages.paginate(Bucket=bucket, Prefix=f"{name}/").search("length(Versions || `[]`)")
        what = f"{BUCKET} ({_files(sum(counts))} of this stack)"
        yield Left(what, bucket, f"empty it, then delete the stack {SAM_STACK}")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count or 'no'} files"


def inventory(held: Mapping[str, int], name: str = STACK_NAME) -> Table:
    """Return what a deletion of the stack would delete."""
    rows = [(kind, str(count)) for kind, count in sorted(held.items())]
    title = f"The stack {name} holds {sum(held.values())} resources. Nothing has been deleted."
    return Table(title, ("type", "how many"), rows)


def report(left: Remains, where: str) -> Table:
    """Return what is left as a table; `where` is the name of the target."""
    rows = [(each.kind, each.name, each.remove) for each in left.found]
    words = []
    if any(each.kind.startswith(BUCKET) for each in left.found):
        words.append("SAM CLI keeps one bucket for all that you deploy with it in this region.")
    if where == "local" and rows:
        words.append("All of it is on this machine, and costs nothing; `make reset` removes it.")
    if left.unseen:
        words.append(f"Not checked: {', '.join(left.unseen)}.")
    title = "This is left" if rows else "Nothing is left of what was checked"
    if not rows:
        return Table(title, ("checked",), [(look.kind,) for look in LOOKS], " ".join(words))
    return Table(title, ("what", "name", "to remove it"), rows, " ".join(words))
