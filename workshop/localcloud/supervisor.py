"""Keeps the local cloud running: ``python -m workshop.localcloud.supervisor``.

Starts the parts in order, writes their ports and processes to the state file, restarts one that
dies, and stops them all when asked to. It outlives the program that started it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

from workshop import private
from workshop.localcloud import ports, state
from workshop.localcloud.processes import DEFAULT_PORTS, Part, all_parts

START_SECONDS = 30
STOP_SECONDS = 15
CHECK_SECONDS = 0.1
LOG_LINES = 15


class PartFailed(Exception):
    """A part ended, or never became ready."""


class Supervisor:
    """The parts of one local cloud, and the file that describes them."""

    def __init__(self, clock: str) -> None:
        chosen = choose_ports(state.read().ports, DEFAULT_PORTS)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stop = threading.Event()
        self._state = state.State(
            ports=chosen, clock=clock, supervisor=state.Process.of(os.getpid())
        )
        state.write(self._state)

    def run(self) -> None:
        """Start everything, watch it, and stop it when asked to."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stop.set())
        state.STOP_REQUEST.unlink(missing_ok=True)
        self._describe(ready=False)
        try:
            self._start_all()
            self._describe(ready=True)
            self._watch()
        except PartFailed as failure:
            self._describe(ready=False, trouble=str(failure))
        finally:
            self._end_all()
            self._describe(ready=False, supervisor=None, parts={}, trouble=self._state.trouble)
            state.STOP_REQUEST.unlink(missing_ok=True)

    def _parts(self) -> list[Part]:
        return all_parts(self._state.ports, state.read().clock)

    def _start_all(self) -> None:
        """Start the parts; if one fails, retry once: another program may have taken its port."""
        try:
            for part in self._parts():
                self._bring_up(part)
        except PartFailed:
            self._end_all()
            if self._asked_to_stop(wait_seconds=0):
                raise
            self._describe(ports=choose_ports(), parts={})
            for part in self._parts():
                self._bring_up(part)

    def _bring_up(self, part: Part) -> None:
        """Start one part, and wait until it responds on its port, not another program."""
        self._running[part.name] = process = launch(part)
        started = {**self._state.parts, part.name: state.Process.of(process.pid)}
        self._describe(parts=started)
        deadline = time.monotonic() + START_SECONDS
        while not part.is_up():
            if process.poll() is not None:
                raise PartFailed(f"{part.name} stopped while starting:\n{last_lines(part)}")
            if time.monotonic() > deadline:
                raise PartFailed(f"{part.name} did not respond:\n{last_lines(part)}")
            if self._asked_to_stop(wait_seconds=CHECK_SECONDS / 4):
                raise PartFailed("the start was interrupted")

    def _watch(self) -> None:
        """Restart any part that dies, until asked to stop."""
        while not self._asked_to_stop(wait_seconds=CHECK_SECONDS):
            ended = {name for name, process in self._running.items() if process.poll() is not None}
            for part in self._parts() if ended else ():
                if part.name in ended:
                    trouble = f"{part.name} ended and was restarted:\n{last_lines(part)}"
                    self._describe(ready=False, trouble=trouble)
                    self._bring_up(part)
                    self._describe(ready=True)

    def _asked_to_stop(self, wait_seconds: float) -> bool:
        return self._stop.wait(wait_seconds) or state.STOP_REQUEST.exists()

    def _end_all(self) -> None:
        """Stop the parts in reverse order; ministack saves its state on the way out."""
        for process in reversed(self._running.values()):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _describe(self, **changes: object) -> None:
        """Write the state, except for the clock, which others set."""
        changes["clock"] = state.read().clock
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]
        state.write(self._state)


def choose_ports(*preferred: Mapping[str, int]) -> dict[str, int]:
    """Return a free port for each part: the first preferred one, else any that is free."""
    chosen: dict[str, int] = {}
    for name in DEFAULT_PORTS:
        wanted = [choice[name] for choice in preferred if name in choice]
        chosen[name] = ports.choose(wanted, set(chosen.values()))
    return chosen


def launch(part: Part) -> subprocess.Popen[bytes]:
    """Start a part's process, with its log as output."""
    private.folder(part.log.parent)
    with private.opened(part.log, "ab") as output:
        return subprocess.Popen(
            part.command,
            env=part.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=part.log.parent,
        )


def last_lines(part: Part) -> str:
    """Return the end of a part's log."""
    return "\n".join(part.log.read_text(errors="replace").splitlines()[-LOG_LINES:])


def main() -> None:
    """Supervise until told to stop."""
    os.umask(private.UMASK)  # parts and functions inherit it
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clock", choices=("skip", "real"), default="skip")
    Supervisor(arguments.parse_args().clock).run()


if __name__ == "__main__":
    main()
