"""CloudFormation's resources with which events start functions, as their templates say.

Fixes: ministack drops a function's ``DeadLetterConfig`` and most properties of a schedule, and
accepts schedule expressions and targets that it does not know.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import event_targets
import schedules
from ministack.services import eventbridge, lambda_svc, scheduler
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]
TARGETS = {"events", "lambda", "sns", "sqs", "states"}
_create_schedule, _update_schedule = scheduler._create_schedule, scheduler._update_schedule
_handlers = provisioners._RESOURCE_HANDLERS


# Schedules


def checked(call: Callable[..., Any]) -> Callable[..., Any]:
    """Return CreateSchedule or UpdateSchedule with a check of the expression."""

    def checking(name: str, body: Properties) -> Any:
        expression = body.get("ScheduleExpression") or ""
        zone = body.get("ScheduleExpressionTimezone") or "UTC"
        try:
            valid = schedules.parsed(expression, datetime.now(UTC), zone).is_valid
        except (ZoneInfoNotFoundError, ValueError):
            return scheduler._error(400, "ValidationException", f"Invalid time zone {zone}.")
        if expression and not valid:
            text = f"Invalid Schedule Expression {expression}."
            return scheduler._error(400, "ValidationException", text)
        return call(name, body)

    return checking


def create_schedule(logical_id: str, properties: Properties, stack: str) -> Any:
    """Create a schedule with all its properties, by the API."""
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=64)
    group = properties.get("GroupName", "default")
    _check_target(properties["Target"])
    _succeeded(scheduler._create_schedule(name, properties))
    return name, {"Arn": scheduler._schedule_arn(group, name)}


def update_schedule(physical_id: str, old: Properties, new: Properties, stack: str) -> Any:
    """Update a schedule with all its properties, by the API; another name is another schedule."""
    group = new.get("GroupName", "default")
    same = new.get("Name", physical_id) == physical_id and group == old.get("GroupName", "default")
    if not same:
        made = create_schedule(physical_id, new, stack)
        _handlers["AWS::Scheduler::Schedule"]["delete"](physical_id, old)
        return made
    _check_target(new["Target"])
    _succeeded(scheduler._update_schedule(physical_id, new))
    return physical_id, {"Arn": scheduler._schedule_arn(group, physical_id)}


def _succeeded(answer: Any) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(json.loads(body)["Message"])


# Rules


def checking_rules(handler: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return a handler for rules that refuses what would never reach a target.

    Args:
        handler: Creates or updates a rule.
        position: Of the properties among its arguments.
    """

    def handle(*arguments: Any, **named: Any) -> Any:
        rule = arguments[position]
        expression = rule.get("ScheduleExpression")
        if expression and not eventbridge._validate_schedule_expression(expression):
            raise ValueError("Parameter ScheduleExpression is not valid.")
        for target in rule.get("Targets") or []:
            _check_target(target)
        return handler(*arguments, **named)

    return handle


def _check_target(target: Properties) -> None:
    arn = str(target.get("Arn"))
    if [*arn.split(":"), "", ""][2] not in TARGETS:
        raise ValueError(f"The local cloud cannot send events to the target {arn}.")


# Functions


def with_dead_letters(handler: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Return a handler for functions that keeps ``DeadLetterConfig``.

    Args:
        handler: Creates or updates a function.
        position: Of the properties among its arguments.
    """

    def handle(*arguments: Any, **named: Any) -> Any:
        properties = arguments[position]
        wanted = properties.get("DeadLetterConfig") or {}
        _check_dead_letters(properties, wanted)
        name, attributes = handler(*arguments, **named)
        lambda_svc._functions[name]["config"]["DeadLetterConfig"] = wanted
        return name, attributes

    return handle


def _check_dead_letters(properties: Properties, wanted: Properties) -> None:
    """Refuse a target that is none, and a role that may not send to it, as AWS does."""
    target = wanted.get("TargetArn")
    if not target:
        return
    refused = lambda_svc._validate_dead_letter_config(wanted)
    if refused:
        raise ValueError(json.loads(refused[2])["message"])
    service, call = ("sqs", "SendMessage") if ":sqs:" in target else ("sns", "Publish")
    if not event_targets.role_allows(properties.get("Role", ""), f"{service}:{call}", target):
        raise ValueError(
            f"The provided execution role does not have permissions to call {call} on "
            f"{service.upper()}"
        )


_rule, _function = _handlers["AWS::Events::Rule"], _handlers["AWS::Lambda::Function"]
scheduler._create_schedule = checked(_create_schedule)
scheduler._update_schedule = checked(_update_schedule)
_handlers["AWS::Scheduler::Schedule"].update(create=create_schedule, update=update_schedule)
_rule.update(create=checking_rules(_rule["create"], 1), update=checking_rules(_rule["update"], 2))
_function.update(
    create=with_dead_letters(_function["create"], 1),
    update=with_dead_letters(_function["update"], 2),
)
