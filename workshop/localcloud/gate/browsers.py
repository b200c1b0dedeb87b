"""Refuses every request that a web page has sent.

A page of any site can make a browser post a form to 127.0.0.1, and after DNS rebinding it can even
read the response. But a browser says where a request comes from, and a page cannot change that.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from .refusals import Refusal
from .requests import Head

# Sent by a page of another site, or of another port of this machine, which may be anyone's.
FOREIGN_SITES = {"cross-site", "same-site"}
PATH = re.compile(r"/[^#]*\Z")  # not a whole address, and no fragment, which no client signs
ONCE = {
    *("authorization", "content-length", "date", "host"),
    *("x-amz-content-sha256", "x-amz-date", "x-amz-security-token"),
}


def check(head: Head, hosts: Collection[str]) -> None:
    """Raise ``Refusal`` if a browser sent this on behalf of a page, or to a foreign host."""
    host = head.headers.get("host", [])
    if len(host) != 1 or host[0].lower() not in hosts or not PATH.match(head.target):
        raise Refusal("foreign", "This host name is not the local cloud's.")
    if any(len(head.headers.get(name, [])) > 1 for name in ONCE):
        raise Refusal("foreign", "A header that may be there once is there twice.")
    if "upgrade" in head.headers:
        raise Refusal("foreign", "The local cloud has no WebSockets.")
    if _is_of_a_page(head, hosts):
        raise Refusal("foreign", "The local cloud takes no requests from web pages.")


def _is_of_a_page(head: Head, hosts: Collection[str]) -> bool:
    if "origin" in head.headers or "access-control-request-method" in head.headers:
        return True
    if FOREIGN_SITES & {site.lower() for site in head.headers.get("sec-fetch-site", [])}:
        return True
    return any(_host_of(page) not in hosts for page in head.headers.get("referer", []))


def _host_of(page: str) -> str:
    try:
        return urlsplit(page).netloc.lower()
    except ValueError:
        return ""
