"""Scheduled rules and schedules, on the true clock of the machine, whatever the clock of orders.

Fixes: ministack looks every ten seconds, forgets at each start what it has fired, so that a
one-time schedule fires again, and ignores time zones.

A machine that slept fires what it missed once, and only if that is not older than the target's
``MaximumEventAgeInSeconds``, a day if it has none.
"""

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import event_targets
import front
from ministack.core.responses import new_uuid, set_request_account_id, set_request_region
from ministack.services import eventbridge, scheduler
from schedule_times import Schedule

LOOK_SECONDS = 1.0
EVER = datetime.fromtimestamp(0, UTC)
FIRED = Path(os.environ["STATE_DIR"], "fired.json")  # when each was looked at last, by its ARN
_log = logging.getLogger(__name__)
Record = dict[str, Any]


@dataclass(frozen=True)
class Timed:
    """A scheduled rule or a schedule, with the targets to which it sends its events.

    Nothing that was due up to ``after`` fires; nothing at all while it is not ``active``.
    """

    record: Record
    account: str
    region: str
    source: str
    schedule: Schedule
    after: datetime
    active: bool
    targets: list[Record]

    @property
    def arn(self) -> str:
        """Return its ARN."""
        return str(self.record["Arn"])

    def due(self, last: datetime, now: datetime) -> datetime | None:
        """Return the time at which it should have fired since ``last``, unless too long ago."""
        ages = [(t.get("RetryPolicy") or {}).get("MaximumEventAgeInSeconds") for t in self.targets]
        oldest = max(int(age or event_targets.DEFAULT_AGE_SECONDS) for age in ages or [None])
        due: datetime | None = self.schedule.latest(max(last, now - timedelta(seconds=oldest)), now)
        return due

    def fire(self, due: datetime) -> None:
        """Send the event of that time to the targets."""
        set_request_account_id(self.account)
        set_request_region(self.region)
        event = {
            "EventId": new_uuid(),
            "Source": self.source,
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "Time": due.timestamp(),
            "Resources": [self.arn],
            "Account": self.account,
            "Region": self.region,
        }
        for target in self.targets:
            eventbridge._invoke_target(with_context(target, event), event, self.record)


def with_context(target: Record, event: Record) -> Record:
    """Return a target with the scheduler's attributes filled in in its input."""
    text = target.get("Input")
    if not text or "<aws.scheduler." not in text:
        return target
    values = {
        "schedule-arn": event["Resources"][0],
        "scheduled-time": f"{datetime.fromtimestamp(event['Time'], UTC):%Y-%m-%dT%H:%M:%SZ}",
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }
    for name, value in values.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return {**target, "Input": text}


def parsed(expression: str, begins: datetime, zone: str = "UTC") -> Schedule:
    """Return a schedule expression; one that AWS would refuse is not valid."""
    fields = eventbridge._parse_cron_fields(expression)
    cron = (lambda after: eventbridge._cron_next_fire(fields, after)) if fields else None
    return Schedule(expression, begins, ZoneInfo(zone), cron)


def moment(value: object) -> datetime | None:
    """Return the time of a start, an end or a creation; None if there is none."""
    seconds = scheduler._to_epoch(value)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def rules(now: datetime) -> Iterator[Timed]:
    """Return the scheduled rules; the interval of a rate begins when the rule is made."""
    for (account, region, key), rule in list(eventbridge._rules._data.items()):
        if rule.get("ScheduleExpression"):
            made = moment(rule.setdefault("CreationTime", now.timestamp())) or now
            yield Timed(
                record=rule,
                account=account,
                region=region,
                source="aws.events",
                schedule=parsed(rule["ScheduleExpression"], made),
                after=made,
                active=rule.get("State", "ENABLED") == "ENABLED",
                targets=eventbridge._targets._data.get((account, region, key), []),
            )


def schedules(now: datetime) -> Iterator[Timed]:
    """Return the schedules; a rate fires at its beginning, a time in the past at once."""
    for (account, region, _), record in list(scheduler._schedules._data.items()):
        begins = moment(record.get("StartDate")) or moment(record["CreationDate"]) or now
        ends = moment(record.get("EndDate"))
        zone = record.get("ScheduleExpressionTimezone") or "UTC"
        schedule = parsed(record["ScheduleExpression"], begins, zone)
        yield Timed(
            record=record,
            account=account,
            region=region,
            source="aws.scheduler",
            schedule=schedule,
            after=EVER if schedule.is_one_time else begins - timedelta(seconds=1),
            active=record["State"] == "ENABLED" and begins <= now and (not ends or now <= ends),
            targets=[record["Target"]],
        )


class Clock:
    """Fires what is due, and remembers across restarts when it last looked."""

    def __init__(self) -> None:
        self._looked: dict[str, float] = json.loads(FIRED.read_text()) if FIRED.exists() else {}

    def look(self) -> None:
        """Fire what has become due since the last look, unless functions cannot start now."""
        now = datetime.now(UTC)
        timed = [*rules(now), *schedules(now)]
        due = [(each, at) for each in timed if (at := self._due(each, now))]
        if not due or not front.responds():
            return
        known = {each.arn for each in timed}
        self._looked = {arn: at for arn, at in self._looked.items() if arn in known}
        self._looked |= {each.arn: now.timestamp() for each, _ in due}
        self._remember()
        for each, at in due:
            _fire(each, at)

    def _due(self, each: Timed, now: datetime) -> datetime | None:
        """Return when it should have fired since it last did; inactive, it misses nothing."""
        if not each.active:
            self._looked[each.arn] = now.timestamp()
            return None
        last = datetime.fromtimestamp(self._looked.get(each.arn, 0), UTC)
        return each.due(max(last, each.after), now)

    def _remember(self) -> None:
        half = FIRED.with_suffix(".half")
        half.write_text(json.dumps(self._looked))
        half.replace(FIRED)


def _fire(each: Timed, due: datetime) -> None:
    """Fire one; delete it if it is done and asks for that."""
    try:
        each.fire(due)
    except Exception:  # noqa: BLE001 - one that fails must not stop the others
        _log.exception("%s was not delivered", each.arn)
    if each.schedule.is_one_time and each.record.get("ActionAfterCompletion") == "DELETE":
        key = each.account, each.region, f"{each.record['GroupName']}/{each.record['Name']}"
        scheduler._schedules._data.pop(key, None)


def look_forever() -> None:
    """Look once a second, once the server has read its state."""
    clock = Clock()
    while True:
        try:
            clock.look()
        except Exception:  # noqa: BLE001 - a thread that ended would fire nothing anymore
            _log.exception("the schedules were not looked at")
        time.sleep(LOOK_SECONDS)


def start_scheduler() -> None:
    """Start looking; the server calls this when it is ready."""
    threading.Thread(target=look_forever, daemon=True, name="schedules").start()


eventbridge.start_scheduler, scheduler.start_scheduler = (lambda: None), start_scheduler
