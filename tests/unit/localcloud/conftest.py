"""What the tests of the local cloud share."""

import pytest

from tests.unit.signed_requests import HOST, KNOWN, REGION
from workshop.localcloud.gate.gate import Gate


@pytest.fixture
def gate() -> Gate:
    hosts = [HOST, "localhost:4566"]
    return Gate(hosts, REGION, KNOWN.get, lambda key: key == "key of the API", port=4566)
