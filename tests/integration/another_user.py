"""What another user of the machine gets: `another_user.py`, with what to try as JSON on stdin.

It starts as whoever runs the tests, because nobody else can read this repository's Python, and
becomes another user if it can.
"""

import encodings.idna  # noqa: F401 - nothing can be imported anymore once this is another user
import http.client
import json
import os
import sys

NOBODY = 65534


def main() -> None:
    """Try to read each of `paths` and to send each of `requests`; print what succeeded."""
    tried = json.load(sys.stdin)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    read = [path for path in tried["paths"] if can_read(path)]
    statuses = [status(*request) for request in tried["requests"]]
    print(json.dumps({"user": os.geteuid(), "read": read, "statuses": statuses}))


def can_read(path: str) -> bool:
    """Whether a file can be read, or a folder listed."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except PermissionError:
        return False
    return True


def status(port: int, method: str, path: str, headers: dict[str, str], body: str) -> int:
    """The status with which a port answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    found = connection.getresponse().status
    connection.close()
    return found


main()
