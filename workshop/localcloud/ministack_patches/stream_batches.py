"""Batches of Kinesis and DynamoDB streams: what follows when one fails.

Fixes: ministack retries a failed batch as a whole without end. It knows neither
``MaximumRetryAttempts`` nor ``BisectBatchOnFunctionError``, ``ReportBatchItemFailures`` and, for
Kinesis, ``MaximumRecordAgeInSeconds`` and the destination of batches that are given up. And one
mapping whose function takes minutes stops the queues, too.
"""

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import destinations
import durable_starts  # noqa: F401 - it replaces first what this replaces again
from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

Records = list[dict[str, Any]]
Result = dict[str, Any]
BATCH_INFO = {"aws:kinesis": "KinesisBatchInfo", "aws:dynamodb": "DDBStreamBatchInfo"}
IDLE_SECONDS = 1.0
ONLY_SHARD = "shardId-00000000000000000000-00000000"  # of a table's stream

_apply_filter_criteria = lambda_svc._apply_filter_criteria
_execute_function = lambda_svc._execute_function
_now = threading.local()  # the mapping that this thread polls
_log = logging.getLogger(__name__)


@dataclass
class Shard:
    """How far a mapping is in one shard, and how often its next record has failed."""

    mapping: dict[str, Any]
    done: int = -1
    failures: int = 0
    most: int = 0  # records of the next batch, after a bisection; 0 means all
    function: dict[str, Any] = field(default_factory=dict)

    def process(self, records: Records) -> Result:
        """Invoke the function until these records are done; return an error to go on later."""
        while waiting := [each for each in records if sequence(each) > self.done]:
            batch = waiting[: self.most or None]
            result: Result = _execute_function(self.function, {"Records": batch})
            failed = first_failed(result, batch, self._reports_items())
            if failed is None:
                self._pass(batch)
            elif failed:
                self._pass(batch[:failed])
            elif self.mapping.get("BisectBatchOnFunctionError") and len(batch) > 1:
                self.most = len(batch) // 2
            elif reason := self._exhausted(batch):
                self._give_up(batch, result, reason)
            else:
                return {**result, "error": True}
        return {"body": None, "error": False, "log": ""}

    def _reports_items(self) -> bool:
        return "ReportBatchItemFailures" in (self.mapping.get("FunctionResponseTypes") or [])

    def _pass(self, batch: Records) -> None:
        self.done, self.failures, self.most = sequence(batch[-1]), 0, 0

    def _exhausted(self, batch: Records) -> str | None:
        """Count a failure; return why the batch is given up, or None to retry it."""
        self.failures += 1
        retries = int(self.mapping.get("MaximumRetryAttempts", -1))
        age = int(self.mapping.get("MaximumRecordAgeInSeconds", -1))
        if 0 < age < time.time() - arrived(batch[0]):
            return "MaxRecordAgeExceeded"
        return "RetryAttemptsExhausted" if 0 <= retries < self.failures else None

    def _give_up(self, batch: Records, result: Result, condition: str) -> None:
        config = self.function.get("config") or self.function
        to = (self.mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
        _log.warning("%s gave a batch up: %s", config["FunctionName"], condition)
        if to.get("Destination"):
            record = self._record(config, batch, result, condition)
            destinations.send_record(config, to["Destination"], record)
        self._pass(batch)

    def _record(
        self, config: dict[str, Any], batch: Records, result: Result, condition: str
    ) -> dict[str, Any]:
        kind = batch[0]["eventSource"]
        return {
            "requestContext": {
                "requestId": new_uuid(),
                "functionArn": self.mapping["FunctionArn"],
                "condition": condition,
                "approximateInvokeCount": self.failures,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": config.get("Version", "$LATEST"),
                "functionError": result.get("function_error") or "Unhandled",
            },
            "version": "1.0",
            "timestamp": _iso(time.time()),
            BATCH_INFO[kind]: {
                "shardId": shard_of(batch[0]),
                "startSequenceNumber": str(sequence(batch[0])),
                "endSequenceNumber": str(sequence(batch[-1])),
                "approximateArrivalOfFirstRecord": _iso(arrived(batch[0])),
                "approximateArrivalOfLastRecord": _iso(arrived(batch[-1])),
                "batchSize": len(batch),
                "streamArn": self.mapping["EventSourceArn"],
            },
        }


_shards: dict[tuple[str, str], Shard] = {}


def sequence(record: dict[str, Any]) -> int:
    """Return a record's sequence number."""
    data = record.get("kinesis") or record["dynamodb"]
    return int(data.get("sequenceNumber") or data["SequenceNumber"])


def arrived(record: dict[str, Any]) -> float:
    """Return when a record came into the stream, in seconds since the epoch."""
    data = record.get("kinesis") or record["dynamodb"]
    at = data.get("approximateArrivalTimestamp") or data.get("ApproximateCreationDateTime")
    return float(at or time.time())


def shard_of(record: dict[str, Any]) -> str:
    """Return the shard that a record came from; a table's stream has one here."""
    return str(record["eventID"].partition(":")[0]) if "kinesis" in record else ONLY_SHARD


def first_failed(result: Result, batch: Records, reports_items: bool) -> int | None:
    """Return the place of the first record of a batch that failed; None if none did."""
    if result.get("error"):
        return 0
    body = result.get("body")
    try:
        body = json.loads(body) if isinstance(body, str) else body
    except ValueError:
        body = None
    items = body.get("batchItemFailures") if isinstance(body, dict) and reports_items else None
    if not items:
        return None
    failed = {str(item.get("itemIdentifier")) for item in items}
    places = [n for n, each in enumerate(batch) if str(sequence(each)) in failed]
    return places[0] if places else 0


def apply_filter_criteria(records: Records, mapping: dict[str, Any]) -> Any:
    """Filter the records that ministack polled, and remember for which mapping."""
    _now.mapping = mapping
    return _apply_filter_criteria(records, mapping)


def execute_function(function: dict[str, Any], event: Any) -> Any:
    """Run a function; with a batch of a stream, until the batch is done or must wait."""
    mapping, _now.mapping = getattr(_now, "mapping", None), None
    records = event.get("Records") if isinstance(event, dict) else None
    if not mapping or not records or records[0].get("eventSource") not in BATCH_INFO:
        return _execute_function(function, event)
    key = mapping["UUID"], shard_of(records[0])
    shard = _shards.setdefault(key, Shard(mapping))
    shard.mapping, shard.function = mapping, function
    return shard.process(records)


def poll_forever() -> None:
    """Poll each kind of source in a thread of its own."""
    for poll in (
        lambda_svc._poll_sqs,
        lambda_svc._poll_kinesis,
        lambda_svc._poll_dynamodb_streams,
    ):
        threading.Thread(target=_poll, args=(poll,), daemon=True).start()


def _poll(poll: Any) -> None:
    while True:
        try:
            busy = poll()
        except Exception:  # noqa: BLE001 - a thread that ended would poll nothing anymore
            _log.exception("a source of events could not be polled")
            busy = False
        if not busy:
            lambda_svc._esm_wake.wait(IDLE_SECONDS)
            lambda_svc._esm_wake.clear()


def _iso(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


lambda_svc._apply_filter_criteria = apply_filter_criteria
lambda_svc._execute_function = execute_function
lambda_svc._poll_loop = poll_forever
