"""The doctor's verdicts, as pure functions: each says how to fix a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from workshop.setup.environments import Part
from workshop.setup.pythons import PREFERRED, Python

SET_UP = "Run `python -m workshop setup`."
NEEDED_BYTES = 1_500_000_000
COMFORTABLE_BYTES = 500_000_000


class Finding(NamedTuple):
    """One line of the doctor: `ok`, `warn` or `problem`, what it is, and how to fix it."""

    level: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8} {self.what}"
        return f"{line}\n         {self.mend}" if self.mend else line


def on_python(found: Python | None) -> Finding:
    """Check the best Python on this machine."""
    if found is None:
        return Finding(
            "problem",
            "Python: none from 3.11 to 3.14 was found.",
            "Install Python 3.13, from python.org or your package manager.",
        )
    if found.is_one_of(PREFERRED):
        return Finding("ok", f"{found} at {found.executable}")
    return Finding(
        "warn",
        f"{found} works for the local cloud; Lambda uses 3.13.",
        "Install Python 3.13, then run `python -m workshop setup --fresh`.",
    )


def on_disk(free_bytes: int, is_set_up: bool) -> Finding:
    """Check the free bytes on the disk."""
    left = f"disk: {free_bytes / 1e9:.1f} GB free"
    if free_bytes >= (COMFORTABLE_BYTES if is_set_up else NEEDED_BYTES):
        return Finding("ok", left)
    mend = "Free some space, or set WORKSHOP_HOME to a folder on another disk."
    return Finding("warn" if is_set_up else "problem", left, mend)


def on_folder(folder: str, is_writable: bool) -> Finding:
    """Check the folder that setup writes to."""
    if is_writable:
        return Finding("ok", f"folder: you can write to {folder}")
    return Finding(
        "problem",
        f"folder: you may not write to {folder}.",
        "Make it yours, or set WORKSHOP_HOME to a folder of your own.",
    )


def on_ports(can_listen: bool, taken: Sequence[int]) -> Finding:
    """Check whether programs may listen on the loopback, and which usual ports are taken."""
    if not can_listen:
        return Finding(
            "problem",
            "ports: no program may listen on 127.0.0.1.",
            "Allow it in the firewall or sandbox that forbids it.",
        )
    if not taken:
        return Finding("ok", "ports: the usual ones are free")
    names = ", ".join(map(str, taken))
    return Finding("ok", f"ports: {names} in use; if not by the workshop, it takes others")


def on_proxy(environ: Mapping[str, str]) -> Finding:
    """Check whether a proxy would get the requests to this machine."""
    settings = {name.lower(): value for name, value in environ.items()}
    if not (settings.get("http_proxy") or settings.get("all_proxy")):
        return Finding("ok", "proxy: none for local addresses")
    exceptions = [name.strip() for name in settings.get("no_proxy", "").split(",")]
    if "*" in exceptions or "127.0.0.1" in exceptions:
        return Finding("ok", "proxy: 127.0.0.1 is excepted")
    return Finding(
        "problem",
        "proxy: requests to 127.0.0.1 would go through the proxy.",
        "Set NO_PROXY=127.0.0.1,localhost (added to its value).",
    )


def on_part(part: Part, was_made: bool, is_current: bool, works: bool) -> Finding:
    """Check one environment, or the layer."""
    if not was_made:
        return Finding("warn", f"{part.title}: not made yet.", SET_UP)
    if not works:
        mend = "Run `python -m workshop setup --fresh`."
        return Finding("problem", f"{part.title}: no longer works.", mend)
    if not is_current:
        mend = "The next command brings it up to date."
        return Finding("warn", f"{part.title}: its requirements have changed.", mend)
    return Finding("ok", part.title)


def on_local_cloud(answer: str | None) -> Finding:
    """Check the local cloud: `running`, `stopped`, a problem, or None if it can't be asked."""
    if answer is None:
        return Finding("warn", "local cloud: cannot be asked before setup.", SET_UP)
    if answer == "running":
        return Finding("ok", "local cloud: running")
    if answer == "stopped":
        return Finding("ok", "local cloud: stopped; a command that needs it starts it")
    mend = "See `python -m workshop logs`, then run `python -m workshop start`."
    return Finding("problem", f"local cloud: {answer}", mend)


def on_credentials(answer: str | None, fault: str) -> Finding:
    """Check AWS credentials: `answer` is who we are, `fault` the error code if they fail."""
    if answer:
        return Finding("ok", f"AWS: you are {answer}")
    for codes, what, mend in CREDENTIAL_FAULTS:
        if fault in codes:
            return Finding("problem", f"AWS: {what}", mend)
    return Finding("problem", f"AWS: the credentials do not work ({fault}).", SIGN_IN)


SIGN_IN = "Sign in with `aws sso login`, or run `aws configure`."
CREDENTIAL_FAULTS = (
    (("NoCredentialsError", "PartialCredentialsError"), "there are no credentials.", SIGN_IN),
    (
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "SSOTokenLoadError",
            "TokenRetrievalError",
            "TokenRefreshRequired",
            "UnauthorizedSSOTokenError",
        ),
        "the credentials have expired.",
        SIGN_IN,
    ),
    (
        ("ProfileNotFound",),
        "the profile that AWS_PROFILE names does not exist.",
        "See `aws configure list-profiles`.",
    ),
    (
        (
            "ConnectTimeoutError",
            "ConnectionClosedError",
            "EndpointConnectionError",
            "ProxyConnectionError",
            "ReadTimeoutError",
            "SSLError",
        ),
        "it cannot be reached.",
        "Check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL.",
    ),
    (
        ("SetUp",),
        "the credentials cannot be checked before setup.",
        SET_UP,
    ),
)


def credential_codes() -> set[str]:
    """Return the error codes that have their own messages."""
    return {code for codes, _, _ in CREDENTIAL_FAULTS for code in codes}
