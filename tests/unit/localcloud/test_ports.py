"""Ports: which are chosen, which are given up, and who answers on them."""

import http.server
import os
import socket
import sys
import threading

import pytest

from workshop import localcloud
from workshop.errors import WorkshopError
from workshop.localcloud import client, ports, processes, state, supervisor


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_passed_over(taken_port):
    assert not ports.is_free(taken_port)
    assert ports.choose([taken_port], set()) != taken_port


def test_the_remembered_port_comes_before_the_usual_one(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda _: True)
    remembered = {"ministack": 50001}
    chosen = supervisor.choose_ports(remembered, processes.DEFAULT_PORTS)
    assert chosen == {"ministack": 50001, "lambda": 4567}


def test_ports_that_others_would_choose_too_can_be_avoided():
    chosen = supervisor.choose_ports()
    assert chosen.keys() == processes.DEFAULT_PORTS.keys()
    assert not set(chosen.values()) & set(processes.DEFAULT_PORTS.values())
    assert len(set(chosen.values())) == len(chosen)


def test_no_two_parts_get_the_same_port(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda _: True)
    chosen = supervisor.choose_ports({"ministack": 50001, "lambda": 50001})
    assert len(set(chosen.values())) == 2


PROVING = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from workshop.localcloud import client
from workshop.localcloud.gate import credentials, signing

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        signature = signing.signature_in(self.headers)
        proof = client.owner().prove(int(sys.argv[1]), signature)
        self.send_header(credentials.PROOF, proof)
        self.end_headers()

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """A cloud whose one part is a web server that proves to be the owner's."""

    def web_server(chosen, _clock):
        command = [sys.executable, "-c", PROVING, str(chosen["web"])]
        return [Web("web", command, os.environ.copy, chosen["web"], "/")]

    class Web(processes.Part):
        log = tmp_path / "web.log"

    monkeypatch.setattr(state, "STATE_FILE", tmp_path / "state.json")
    monkeypatch.setattr(state.read, "__defaults__", (tmp_path / "state.json",))
    monkeypatch.setattr(state.write, "__defaults__", (tmp_path / "state.json",))
    monkeypatch.setattr(state, "STOP_REQUEST", tmp_path / "stop")
    monkeypatch.setattr(supervisor, "all_parts", web_server)
    return web_server


@pytest.fixture
def another_cloud():
    """A program of somebody else's that answers as ours would, except for the proof."""
    handler = http.server.SimpleHTTPRequestHandler
    with http.server.HTTPServer((ports.HOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_a_port_that_another_program_took_a_moment_ago_is_given_up(
    cloud, another_cloud, monkeypatch
):
    def choose(*preferred):
        return {"web": another_cloud if preferred else ports.choose((), set())}

    monkeypatch.setattr(supervisor, "choose_ports", choose)
    ours = supervisor.Supervisor("skip")
    ours._start_all()
    port = state.read().ports["web"]
    assert port != another_cloud
    assert client.who_answers(port, "/") == "ours"
    ours._end_all()


def test_who_answers_on_a_port_is_told_apart(another_cloud):
    assert client.who_answers(another_cloud, "/") == "foreign"
    assert client.who_answers(ports.choose((), set()), "/") == "nobody"


def test_a_program_that_took_the_local_clouds_port_is_not_trusted(another_cloud):
    taken = state.State(ports={"ministack": another_cloud, "lambda": another_cloud})
    with pytest.raises(WorkshopError, match=f"Another program uses port {another_cloud}"):
        localcloud._check_ours(taken)
