"""How often a client asks: seldom enough to leave the machine to the order itself."""

import pytest

from workshop.orders.polling import Polling


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


def test_an_order_that_changes_all_the_time_is_asked_for_ten_times_a_second(
    pauses: list[float],
) -> None:
    polls = Polling(60)
    for _ in range(10):
        polls.pause(changed=True)
    assert sum(pauses) == pytest.approx(1.0)


def test_an_order_that_waits_is_asked_for_less_and_less_often(pauses: list[float]) -> None:
    polls = Polling(60)
    for _ in range(12):
        polls.pause()
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.1, 2.0)
