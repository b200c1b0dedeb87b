"""No web page acts on the local cloud, or reads from it, wherever the page comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser import attacks, victim
from tests.browser.attacker import FLAGS, PLACES, PUBLIC, WAYS, Attacker, Place, ports, site
from tests.browser.victim import TREASURE, Victim
from tests.signing import signed_link
from workshop import localcloud
from workshop.aws.target import Target

pytest.importorskip("playwright")
PARTS = ("ministack", "lambda")
REFUSED = {"403"}


@pytest.fixture(scope="module")
def attacker_port() -> Iterator[int]:
    with site() as port:
        yield port


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Iterator[Any]:
    """A Chromium in which names mean what an attacker wants them to mean."""
    browser = launch(*FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("marks")


@pytest.fixture
def cloud(target: Target, marks: Path) -> Iterator[Victim]:
    yield victim.find_or_deploy(target, marks)
    localcloud.set_clock("skip")


@pytest.fixture(scope="module", params=PLACES, ids=lambda place: place.name)
def pages(
    request: pytest.FixtureRequest, browser: Any, target: Target, attacker_port: int
) -> Iterator[Attacker]:
    place: Place = request.param
    context = browser.new_context()
    yield Attacker(context, place, target, attacker_port)
    context.close()


@pytest.fixture
def attacker(pages: Attacker) -> Attacker:
    pages.answers.clear()
    return pages


@pytest.fixture
def address_bar(browser: Any) -> Iterator[Any]:
    """A page on which a person opens addresses."""
    page = browser.new_page()
    yield page
    page.close()


def test_a_foreign_page_changes_nothing(attacker: Attacker, cloud: Victim) -> None:
    before = cloud.state()
    for part in PARTS:
        for way in WAYS:
            by = f"{attacker.place.name}-{way}-{part}"
            wanted = (change(cloud, f"{name}-{by}") for name, change in attacks.CHANGES.items())
            attacker.send(part, way, *(request for change in wanted for request in change))
    assert sorted(cloud.state() ^ before) == []
    assert attacker.answers == REFUSED


@pytest.mark.parametrize("way", WAYS)
def test_a_foreign_page_reads_nothing_by(way: str, attacker: Attacker, cloud: Victim) -> None:
    read = [text for part in PARTS for text in attacker.send(part, way, *attacks.looks(cloud))]
    assert [text for text in read if not is_bare_refusal(text, cloud)] == []
    assert attacker.answers <= REFUSED


def test_a_foreign_page_cannot_reset_the_cloud(attacker: Attacker, cloud: Victim) -> None:
    before = cloud.state()
    for part in PARTS:
        for way in WAYS:
            attacker.send(part, way, attacks.RESET)
    assert sorted(cloud.state() ^ before) == []
    assert attacker.answers == REFUSED


def test_a_foreign_site_cannot_lead_a_visitor_to_the_cloud(
    address_bar: Any, cloud: Victim, attacker_port: int
) -> None:
    before = cloud.state()
    for part, port in ports(cloud.target).items():
        request, _ = attacks.create_a_stack_by_an_address(cloud, f"visitor-{part}")
        url = request.to(f"http://127.0.0.1:{port}", cloud.target)["url"]
        answer = address_bar.goto(f"http://{PUBLIC}:{attacker_port}/?to={quote(url, safe='')}")
        assert answer.url == url
        assert answer.status == 403
    assert sorted(cloud.state() ^ before) == []


def test_an_address_without_a_signature_is_refused(address_bar: Any, cloud: Victim) -> None:
    paths = [request.path for request in attacks.looks(cloud) if request.method == "GET"]
    bases = [f"http://127.0.0.1:{port}" for port in ports(cloud.target).values()]
    urls = [base + path for base in bases for path in paths]
    answers = {url: address_bar.goto(url).status for url in urls}
    assert {url: status for url, status in answers.items() if status != 403} == {}


def test_a_signed_link_that_its_owner_opens_works(address_bar: Any, cloud: Victim) -> None:
    port = ports(cloud.target)["ministack"]
    url = f"http://127.0.0.1:{port}/{cloud.outputs['Bucket']}/secret.txt"
    answer = address_bar.goto(signed_link(cloud.target, "GET", url, "s3"))
    assert answer.text() == TREASURE


def is_bare_refusal(read: str, cloud: Victim) -> bool:
    """Whether an answer is readable, as after DNS rebinding, but tells nothing of the cloud."""
    _, is_answer, answer = read.partition(": an answer: ")
    return bool(is_answer) and not any(secret in answer for secret in cloud.secrets())
