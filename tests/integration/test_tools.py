"""The tools of AWS work with the local cloud as they do with AWS."""

import pytest

from tests.integration.conftest import Ended
from workshop.aws.stack import Stack
from workshop.commands import env, executions
from workshop.course.application import FINISHED


@pytest.fixture
def ended(place) -> Ended:
    return place()


def test_sam_logs_shows_each_log_line_of_an_order_once_though_it_was_replayed(sam, stack, ended):
    words = ("logs", "--stack-name", stack.name, "-n", "OrderProcessor")
    text = sam(*words, "--filter", f'"{ended.order["orderId"]}"')
    for message in ("order validated", "order paid and accepted", "order completed"):
        assert text.count(f'"message": "{message}"') == 1, text


def test_sam_remote_shows_the_history_and_the_state_of_an_execution(sam, ended):
    history = sam("remote", "execution", "history", ended.run.arn)
    assert all(name in history for name in ("validate-order", "InvocationCompleted"))
    assert "SUCCEEDED" in sam("remote", "execution", "get", ended.run.arn)


def test_sam_remote_invoke_starts_an_execution(sam, stack, started):
    before = started()
    sam(
        *("remote", "invoke", "--stack-name", stack.name, "OrderProcessor"),
        *("--event", '{"orderId": "nonsense"}'),
        *("--parameter", "InvocationType=Event", "--parameter", "Qualifier=live"),
    )
    assert started() == before + 1


def test_sam_list_finds_the_endpoints_of_the_stack(sam, stack):
    words = ("list", "endpoints", "--stack-name", stack.name, "--output", "json")
    assert "/orders" in sam(*words, "--template-file", str(FINISHED.template))


def test_env_gives_curl_the_address_and_the_key_of_the_api(stack):
    found = env.api_variables(dict(stack.target.variables))
    assert found == {"WORKSHOP_API_URL": stack.api_url, "WORKSHOP_API_KEY": stack.api_key}


def test_orders_are_listed_and_compared(stack: Stack, place, capsys) -> None:
    completed, refused = place().order["orderId"], place(customer_id="cust-fraud").order["orderId"]
    assert executions.orders(["--limit", "2"]) == 0
    shown = capsys.readouterr().out
    assert shown.index(refused[:12]) < shown.index(completed[:12])
    assert executions.compare([completed, refused]) == 0
    shown = capsys.readouterr().out
    assert "fraud-check" in shown
    assert "only the first" in shown
    assert "only the second" in shown
