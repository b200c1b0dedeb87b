"""Functions as targets of EventBridge, SNS and S3: started by the Lambda API, asynchronously.

Fixes: ministack calls the function once, ignores the result, asks nobody whether the caller may,
and knows neither retry policies nor dead-letter queues of targets.
"""

import json
import logging
import os
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import destinations
import front
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import eventbridge, iam, lambda_svc, s3, sns

DEFAULT_RETRIES, DEFAULT_AGE_SECONDS = 185, 86_400  # of EventBridge
INVOKE = "lambda:InvokeFunction"
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 60.0

_invoke_target = eventbridge._invoke_target
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """One event on its way to a function.

    ``source`` is the ARN of what sends it; ``policy`` has the target's ``RetryPolicy``,
    ``DeadLetterConfig`` and ``RoleArn``, if it has them.
    """

    function_arn: str
    payload: str
    principal: str
    source: str
    policy: dict[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Start the function; retry while that can help; then give the event up."""
        retry = self.policy.get("RetryPolicy") or {}
        left = int(retry.get("MaximumRetryAttempts", DEFAULT_RETRIES))
        until = time.time() + int(retry.get("MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS))
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                self._start()
            except front.NotStarted as failure:
                if not failure.may_retry or left <= 0 or time.time() + pause > until:
                    self._give_up(failure)
                    return
            else:
                return
            time.sleep(pause)
            left, pause = left - 1, min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _start(self) -> None:
        role = self.policy.get("RoleArn")
        allowed = role_allows(role, INVOKE, self.function_arn) if role else self._is_permitted()
        if not allowed:
            message = f"{role or self.principal} may not invoke {self.function_arn}."
            raise front.NotStarted("NO_PERMISSIONS", message, may_retry=False)
        front.start(self.function_arn, self.payload)

    def _is_permitted(self) -> bool:
        """Return whether the function's own policy lets the sender invoke it."""
        found = lambda_svc.function_policy_for_arn(self.function_arn)
        account = self.function_arn.split(":")[4]
        context = EvalContext(
            principal_arn=self.principal,
            principal_type="Service",
            principal_account=account,
            action=INVOKE,
            resource_arn=self.function_arn,
            region=os.environ["AWS_REGION"],
            service_context={"aws:sourcearn": self.source, "aws:sourceaccount": account},
        )
        if found is None:
            return True  # the start itself says that the function does not exist
        answer = iam_evaluator.evaluate_resource_policy(found[0], context, service=self.principal)
        return bool(answer.decision == "Allow")

    def _give_up(self, failure: front.NotStarted) -> None:
        _log.warning("%s did not start %s: %s", self.source, self.function_arn, failure)
        queue = (self.policy.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        facts = {
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure),
            "TARGET_ARN": self.function_arn,
            "RULE_ARN" if ":rule/" in self.source else "SCHEDULE_ARN": self.source,
        }
        front.client("sqs").send_message(
            QueueUrl=destinations.queue_url(queue),
            MessageBody=self.payload,
            MessageAttributes={
                k: {"DataType": "String", "StringValue": v} for k, v in facts.items()
            },
        )


def role_allows(role_arn: str, action: str, resource: str) -> bool:
    """Return whether the policies of a role allow an action."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    if iam._roles.get_scoped(account, None, name) is None:
        return False
    context = EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=os.environ["AWS_REGION"],
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")


def deliver(delivery: Delivery) -> None:
    """Start the function of a delivery, and return before that is done."""
    threading.Thread(target=delivery.run, daemon=True).start()


_of_rule: ContextVar[tuple[dict[str, Any], str]] = ContextVar("of_rule")


def invoke_target(
    target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None
) -> Any:
    """Send an event to a target of a rule or a schedule, and note the target's settings."""
    before = _of_rule.set((target, rule["Arn"]))
    try:
        return _invoke_target(target, event, rule, view)
    finally:
        _of_rule.reset(before)


def from_eventbridge(arn: str, payload: str) -> None:
    """Start a function for a rule or a schedule."""
    target, source = _of_rule.get()
    deliver(Delivery(arn, payload, "events.amazonaws.com", source, target))


def from_s3(arn: str, event: dict[str, Any], _region: str) -> None:
    """Start a function for a notification of a bucket."""
    bucket = event["Records"][0]["s3"]["bucket"]["arn"]
    deliver(Delivery(arn, json.dumps(event), "s3.amazonaws.com", bucket))


def from_sns(
    endpoint: str, envelope: str, topic_arn: str, subscription_arn: str, *_others: Any
) -> None:
    """Start a function for a message of a topic."""
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }
    payload = json.dumps({"Records": [record]})
    deliver(Delivery(endpoint, payload, "sns.amazonaws.com", topic_arn))


eventbridge._invoke_target = invoke_target
eventbridge._dispatch_to_lambda = from_eventbridge
s3._deliver_event_to_lambda = from_s3
sns._deliver_to_lambda = from_sns
