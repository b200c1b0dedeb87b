"""Cost and quotas of an order with other waits, sizes and volumes, to the cent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.timelines import EVENTFUL
from workshop.errors import WorkshopError
from workshop.localcloud.durable import limits
from workshop.orders import history, what_if
from workshop.orders.what_if import Settings, Usage

SETTINGS = Settings(memory_megabytes=512, timeout_seconds=1000, retention_days=15)


@pytest.fixture
def was() -> Usage:
    return what_if.usage(history.from_history("arn", EVENTFUL), EVENTFUL, SETTINGS)


def test_a_million_orders_cost_a_million_times_one(was: Usage) -> None:
    assert was.costs["durable operations"] == Decimal(64)
    assert was.costs["requests"] == Decimal("0.8")
    assert was.costs["compute"] == Decimal("10.5") / 2 * Decimal("16.6667")
    half = replace(was, settings=replace(SETTINGS, orders_a_month=500_000))
    assert half.costs["durable operations"] == Decimal(32)


def test_a_longer_wait_costs_only_the_data_that_is_kept_longer(was: Usage) -> None:
    month = {"warehouse-processing": 30 * 86_400}
    then = what_if.changed(was, replace(SETTINGS, timeout_seconds=10**7), month, {})
    assert then.seconds == was.seconds - 300 + 30 * 86_400
    costs = {**was.costs, "data kept": then.costs["data kept"]}
    assert then.costs == costs
    assert then.costs["data kept"] > 2 * was.costs["data kept"]
    assert then.rows()["orders in flight at a time"] == "1,000,006"


def test_a_wait_over_the_timeout_says_where_the_order_times_out(was: Usage) -> None:
    assert was.rows()["from start to end"] == "315 s of 1,000: ends in time"
    then = what_if.changed(was, SETTINGS, {"warehouse-processing": 2000}, {})
    assert then.times_out_in == "warehouse-processing"


def test_what_is_stored_is_the_payloads_in_utf_8(was: Usage) -> None:
    ok, error = 4, len('{"ErrorType": "Fault", "ErrorMessage": "no answer"}')
    assert sum(was.stored_bytes.values()) == 3 * ok + error
    then = what_if.changed(was, SETTINGS, {}, {"validate-order": 2_000_000_000})
    assert then.costs["data written"] > Decimal(500_000)
    assert "refused" in then.rows()["its largest payload, in bytes"]
    then = what_if.changed(was, SETTINGS, {}, {"validate-order": 300_000})
    assert "over 256 KiB" in then.rows()["its largest payload, in bytes"]


@pytest.mark.parametrize("name", ["OPERATIONS", "PAYLOAD_BYTES", "EXECUTION_BYTES"])
def test_the_quotas_are_those_that_the_local_cloud_enforces(name: str) -> None:
    assert getattr(what_if, name) == getattr(limits, name)


def test_only_settings_that_exist_can_change() -> None:
    assert what_if.with_settings(SETTINGS, {"retention_days": 90}).retention_days == 90
    with pytest.raises(WorkshopError, match="region=1 is no setting"):
        what_if.with_settings(SETTINGS, {"region": 1})


@pytest.mark.parametrize("given", [{"pay": 1}, {"": 1}, {"warehouse-processing": -1}])
def test_a_wait_that_the_order_lacks_is_refused(was: Usage, given: dict[str, int]) -> None:
    with pytest.raises(WorkshopError):
        what_if.changed(was, SETTINGS, given, {})
