"""What the parameter TelemetryLayerArn turns on: a trace of each order, by the SDK's plugin.

On AWS the layer brings OpenTelemetry and sends the spans; here they stay in memory.
"""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import workflow
from contract import OPERATIONS
from tests.unit.application.test_operations_of_the_api import RESOURCES
from tests.unit.samples import Process, posted

VARIABLES = RESOURCES["OrderProcessor"]["Properties"]["Environment"]["Variables"]


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Keep the spans that are sent; a process has one provider, as with AWS's layer."""
    made = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(made))
    trace.set_tracer_provider(provider)
    return made


@pytest.fixture
def spans(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InMemorySpanExporter]:
    """Load the workflow as a function with telemetry does; the spans that it sends."""
    exporter.clear()
    plugin = VARIABLES["DURABLE_EXECUTION_PLUGINS"]["If"][1]
    monkeypatch.setenv("DURABLE_EXECUTION_PLUGINS", plugin)
    importlib.reload(workflow)
    yield exporter
    monkeypatch.undo()
    importlib.reload(workflow)


def test_the_trace_of_an_order_has_a_span_for_each_operation(
    spans: InMemorySpanExporter, process: Process
) -> None:
    assert process().execution == "SUCCEEDED"
    finished: list[Any] = list(spans.get_finished_spans())
    assert len({span.context.trace_id for span in finished}) == 1
    assert set(OPERATIONS) <= {span.name for span in finished}


def test_a_trace_has_nothing_personal(spans: InMemorySpanExporter, process: Process) -> None:
    order = posted(customerPhone="+1 206 555 0100", paymentToken="tok_visa")
    assert process(order).execution == "SUCCEEDED"
    sent = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "validate-order" in sent
    for field in ("customerEmail", "customerPhone", "paymentToken"):
        assert str(order[field]) not in sent
