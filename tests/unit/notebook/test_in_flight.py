"""Orders in flight: started to wait for a callback, and continued by it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from workshop.errors import WorkshopError
from workshop.notebook import in_flight
from workshop.orders.history import Invocation, Operation, Run

IN_FLIGHT = "workshop.notebook.in_flight"
NOW = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass
class FakeLambda:
    """Keeps what it is asked for."""

    target: str = "local"
    invoked: dict[str, Any] = field(default_factory=dict)
    completed: list[str] = field(default_factory=list)

    def invoke(self, **request: Any) -> None:
        self.invoked = request

    def send_durable_execution_callback_success(
        self,
        CallbackId: str,  # noqa: N803 - the name that boto3 uses
    ) -> None:
        self.completed.append(CallbackId)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FakeLambda:
    fake = FakeLambda()

    def stack() -> SimpleNamespace:
        return SimpleNamespace(
            target=SimpleNamespace(name=fake.target, client=lambda _name: fake),
            processor="processor",
            outputs={"ProcessorAliasArn": "arn:processor:live"},
        )

    monkeypatch.setattr(f"{IN_FLIGHT}.stack", stack)
    monkeypatch.setattr(f"{IN_FLIGHT}.results.follow", lambda _stack, order_id: order_id)
    return fake


def run(callback: str, invocations: int, state: str = "running") -> Run:
    execution = Operation("0", "order", "execution", state, NOW)
    operation = Operation("1", "wait", "callback", "running", NOW, callback_id=callback)
    ended = [Invocation(NOW, NOW, "a")] * invocations
    return Run("arn", execution, [operation] if callback else [], ended)


def seen(monkeypatch: pytest.MonkeyPatch, *runs: Run) -> None:
    monkeypatch.setattr(f"{IN_FLIGHT}.history.watch", lambda *_: iter(runs))
    monkeypatch.setattr(f"{IN_FLIGHT}.history.of", lambda *_: runs[-1])


def test_an_order_starts_by_the_alias_and_returns_when_it_waits(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    runs = [run("", 0), run("cb", 0), run("cb", 1), run("cb", 2)]

    def watch(*_: object) -> Any:
        for number, one in enumerate(runs):
            looked.append(number)
            yield one

    monkeypatch.setattr(f"{IN_FLIGHT}.history.watch", watch)
    order_id = in_flight.start_order()
    assert client.invoked["FunctionName"] == "arn:processor:live"
    assert client.invoked["DurableExecutionName"] == order_id
    assert looked == [0, 1, 2]  # the callback is open, and the invocation has ended


def test_an_order_starts_by_the_qualifier_that_is_asked_for(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(monkeypatch, run("cb", 1))
    in_flight.start_order(qualifier="$LATEST")
    assert client.invoked["FunctionName"] == "processor:$LATEST"


def test_an_order_returns_when_it_has_come_to_the_wait_that_is_asked_for(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = run("cb", 1)
    other.operations[0].name = "another"
    seen(monkeypatch, other, run("cb", 0), run("cb", 1))
    assert in_flight.start_order(until="wait") == client.invoked["DurableExecutionName"]
    seen(monkeypatch, other)
    with pytest.raises(WorkshopError, match="without waiting at wait") as error:
        in_flight.start_order(until="wait")
    assert "real_time()" in str(error.value)


def test_an_order_that_ends_without_a_callback_raises_an_error(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(monkeypatch, run("", 1, "succeeded"))
    with pytest.raises(WorkshopError, match="without waiting for a callback"):
        in_flight.start_order()


def test_completing_sends_the_pending_callback_and_follows_the_order(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(monkeypatch, run("cb", 1))
    in_flight.complete_callback("ord-1")
    assert client.completed == ["cb"]


def test_an_order_without_a_pending_callback_raises_an_error(
    client: FakeLambda, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen(monkeypatch, run("", 1))
    with pytest.raises(WorkshopError, match="waits for no callback"):
        in_flight.complete_callback("ord-1")


class Clock:
    """A local cloud whose clock is noted whenever it is set."""

    def __init__(self, clock: str) -> None:
        self.clock = clock
        self.settings: list[str] = []

    def status(self) -> "Clock":
        return self

    def set_clock(self, clock: str) -> None:
        self.settings.append(clock)


@pytest.mark.parametrize(
    ("target", "clock", "settings"),
    [("local", "skip", ["real", "skip"]), ("local", "real", []), ("aws", "skip", [])],
)
def test_waits_take_their_real_time_in_a_block_and_no_longer(
    client: FakeLambda,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    clock: str,
    settings: list[str],
) -> None:
    cloud = Clock(clock)
    monkeypatch.setattr(f"{IN_FLIGHT}.localcloud", cloud)
    client.target = target
    with pytest.raises(KeyboardInterrupt), in_flight.real_time():
        raise KeyboardInterrupt
    assert cloud.settings == settings
