"""Rules and schedules start functions when they are due, on the true clock."""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.contract.waiting import ended, until
from workshop import localcloud


def test_a_schedule_starts_an_execution_when_it_is_made(started):
    execution, event = started("Started", '"by": "schedule"')
    assert execution["Status"] == "SUCCEEDED"
    assert datetime.fromisoformat(event["at"]) <= datetime.now(UTC)


def scheduled(target, deployed, text, seconds=2, **options):
    """Schedule one execution for some seconds from now; returns when."""
    soon = datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(seconds=seconds)
    role = options.pop("RoleArn", deployed["SchedulerRole"])
    target.client("scheduler").create_schedule(
        Name=text.replace(" ", "-"),
        ScheduleExpression=f"at({soon.isoformat()})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": deployed["StartedAlias"],
            "RoleArn": role,
            "Input": json.dumps({"by": text}),
            "DeadLetterConfig": {"Arn": deployed["DeadArn"]},
        },
        **options,
    )
    return soon.replace(tzinfo=UTC)


def test_a_schedule_for_one_time_starts_one_execution_then_and_is_gone(
    target, deployed, executions
):
    due = scheduled(target, deployed, "once", ActionAfterCompletion="DELETE")
    found = until(lambda: executions("Started", '"once"'), "the execution")
    assert found[0]["StartTimestamp"] >= due
    schedules = target.client("scheduler")
    until(
        lambda: all(s["Name"] != "once" for s in schedules.list_schedules()["Schedules"]), "its end"
    )
    assert len(executions("Started", '"once"')) == 1


def test_a_schedule_whose_role_may_not_invoke_leaves_a_dead_letter(target, deployed, received):
    role = deployed["SchedulerRole"].rpartition("/")[0] + "/nobody"
    scheduled(target, deployed, "forbidden", RoleArn=role)
    letter = received("Dead", "forbidden")
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


@pytest.mark.parametrize(
    "wrong",
    [{"ScheduleExpression": "rate(5 seconds)"}, {"ScheduleExpressionTimezone": "Mars/Olympus"}],
)
def test_a_schedule_that_could_never_fire_is_refused(target, deployed, wrong):
    schedules = target.client("scheduler")
    good = {
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": deployed["StartedAlias"], "RoleArn": deployed["SchedulerRole"]},
    }
    with pytest.raises(schedules.exceptions.ValidationException, match="Invalid"):
        schedules.create_schedule(Name="wrong", **good | wrong)


def test_a_rule_starts_an_execution_for_each_event_that_matches(put_event, executions):
    put_event("Placed", id="too cheap", total=1)
    put_event("Placed", id="matching", total=100)
    found = until(lambda: executions("Started", '"matching"'), "the execution")
    assert json.loads(found[0]["InputPayload"]) == {"id": "matching", "total": 100}
    assert not executions("Started", "too cheap")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("by", ["rule", "schedule"])
def test_a_rate_of_a_minute_fires_every_minute_on_the_true_clock(request, client, executions, by):
    if not request.config.getoption("--minutes"):
        pytest.skip("takes three minutes: --minutes")

    def three_more():
        found = executions("Started", f'"by": "{by}"')
        return found[-3:] if len(found) >= before + 3 else None

    before = len(executions("Started", f'"by": "{by}"'))
    deadline = time.monotonic() + 260
    while not (found := three_more()):
        assert time.monotonic() < deadline
        time.sleep(1)
    moments = [each["StartTimestamp"] for each in found]
    for first, second in pairwise(moments):
        assert timedelta(seconds=50) < second - first < timedelta(seconds=70)
    for each in found:  # they wait for a minute, which takes no time
        assert ended(client, each["DurableExecutionArn"])["Status"] == "SUCCEEDED"


def test_what_a_stopped_cloud_missed_fires_once_when_it_is_back(target, deployed, executions):
    due = scheduled(target, deployed, "missed", seconds=5)
    localcloud.stop()
    until(lambda: datetime.now(UTC) > due, "the time of the schedule")
    localcloud.start()
    until(lambda: executions("Started", '"missed"'), "the execution")
    localcloud.stop()
    localcloud.start()
    scheduled(target, deployed, "the next one")
    until(lambda: executions("Started", '"the next one"'), "the next execution")
    assert len(executions("Started", '"missed"')) == 1


RULE = """
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties: {%s, Targets: [{Id: it, Arn: "%s"}]}
"""


@pytest.mark.parametrize(
    ("rule", "target_arn", "reason"),
    [
        ("ScheduleExpression: rate(5 seconds)", "arn:aws:sqs:r:a:q", "ScheduleExpression is not"),
        ("EventPattern: {source: [s]}", "arn:aws:logs:r:a:log-group:g", "cannot send events to"),
    ],
)
def test_a_rule_that_would_reach_nothing_is_refused(target, rule, target_arn, reason):
    stacks, name = target.client("cloudformation"), f"refused-{uuid.uuid4().hex[:8]}"
    stacks.create_stack(StackName=name, TemplateBody=RULE % (rule, target_arn))

    def refused():
        events = stacks.describe_stack_events(StackName=name)["StackEvents"]
        return [e for e in events if reason in e.get("ResourceStatusReason", "")]

    until(refused, "the refusal")
