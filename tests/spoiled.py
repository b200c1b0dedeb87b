"""What requests are spoiled with; text after ``raw:`` is not percent-encoded."""

from __future__ import annotations

import base64
import json
from typing import Any

DEEP = 100_000  # levels


def _token(content: bytes) -> str:
    return base64.b64encode(content).decode()


ARNS: tuple[object, ...] = (None, 1, [], {}, "nobody", "\ud800", 2**70)
TOKENS = [
    *(_token(text) for text in (b"null", b"[]", b"{}", b"1", b'"a"', b"", b"\xff", b"{", b"NaN")),
    *(
        _token(json.dumps({"arn": arn, "op": op, "seq": seq, "inv": seq}).encode())
        for arn in ARNS
        for op, seq in ((None, None), ([], {}), ("\ud800", "\ud800"), (2**70, -(2**70)))
    ),
    "MQ",
    "M===",
    "====",
    "\u00e9",
    _token(b"[" * 1500),
    _token(b"[" * DEEP)[:60_000],
]

TEXTS = [
    *("", " ", "null", "true", "[]", "{}", "undefined", "None", "NaN", "Infinity", "1e400", "0x10"),
    *("-1", "0", "1.5", "1_000", "\u0661\u0662", "9" * 20, "-" + "9" * 20, "9" * 5000, "1001"),
    *("2026-99-99", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e18", "-1e18"),
    *("now", "10000000000000000", "-62135596801", "2026-01-01T00:00:00+99:99", "1e11", "-1e11"),
    *("a" * 300, "a" * 2000, "a" * 20_000, "a:" * 1000, "arn:" * 500, "\u20ac" * 2000),
    *("..", ".", "../..", "../../etc/passwd", "..\\..", "/", "//", "a/b", "a\\b", "file:///etc"),
    *("\x00", "a\x00b", "a\nb", "a\r\nX-Other: 1", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e"),
    *("a b", "a%20b", "100%", "*", "%", "_", "';--", '"', "<script>", "${jndi:x}", "{{7*7}}"),
    *("$LATEST", "$LATEST.PUBLISHED", "nobody:live", "nobody:", ":", "nobody:a:b:c", "caf\u00e9"),
    *("arn:aws:lambda:us-east-2:000000000000:function:nobody", "arn:aws:s3:::bucket", "arn:::::::"),
    "arn:aws:lambda:us-east-2:" + "\u0660" * 12 + ":function:nobody",
    *("raw:%", "raw:%zz", "raw:%f", "raw:%ff", "raw:%c0%af", "raw:%ed%a0%80", "raw:%u0041"),
    *(
        "raw:%00",
        "raw:%0a",
        "raw:%2e%2e%2f%2e%2e",
        "raw:..%2f..",
        "raw:%252e",
        "raw:a+b",
        "raw:a;b",
    ),
    *("raw:\xff", "raw:\xc3\xa9", "raw:\xed\xa0\x80", "raw:a?b", "raw:a#b", "raw:a&b"),
    *("raw:a=b=c", "raw:a;b"),
    *("raw:\\", "raw:[", "raw:^|`", "raw:{x}", "raw:'\"<>"),
]

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, float("inf"), float("-inf"), float("nan")),
    *(2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400),
    *("", " ", "a", "\x00", "\n", "\ud800", "a\udfffb", "\ud83d", "\u20ac" * 100, "caf\u00e9"),
    *("a" * 300, "a" * 3000, "a" * 100_000, "null", "1", "true", "not base64!", "AAA", "AA=="),
    *([], [[]], [None], [1], ["a"], [{}], ["\ud800"], {}, {"a": 1}, {"": None}, {"\ud800": "a"}),
    *({"a": {"b": {"c": []}}}, [[[[[[]]]]]], ["a"] * 2000, {str(n): n for n in range(2000)}),
    *TEXTS[:40],
    *TOKENS,
]

BODIES = [
    *(b"", b" ", b"null", b"[]", b"1", b"true", b'"text"', b"NaN", b"{", b"}", b"{}{}", b"{}x"),
    *(
        b"\x00",
        b"\xff",
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"\xc0\xaf": 1}',
    ),
    *(
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b"\xef\xbb\xbf{}",
        '{"a": "é"}'.encode("latin-1"),
    ),
    *(b'{"a": "\\ud800"}', b'{"a": 1e999}', b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": 01}'),
    *(b'{"a": ' + b"9" * 5000 + b"}", b'{"a": 1, "a": 2}', b"{'a': 1}", b"a=1&b=2", b"<a/>"),
    *(b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    *(
        b'{"%s": %s}' % (name, b"[" * DEEP + b"]" * DEEP)
        for name in (b"Updates", b"Error", b"Tags", b"Environment", b"Description")
    ),
    *(b'{"a": "' + b"a" * 1_000_000 + b'"}', b"\x1f\x8b\x08\x00broken", b"PK\x03\x04broken"),
]

HEADERS = [
    *(("X-Amz-Invocation-Type", text) for text in ("", "event", "Nonsense", "Event,Event", "\xff")),
    *(("X-Amz-Log-Type", text) for text in ("", "tail", "Nonsense", "Tail")),
    *(
        ("X-Amz-Client-Context", text)
        for text in ("", "{}", "not base64!", *TOKENS[:12], "A" * 5000, "\xff", "/" * 3)
    ),
    *(("X-Amz-Durable-Execution-Name", text) for text in ("", " ", "a" * 65, "a/b", "\xe9", "a b")),
    *(("X-Amz-Tenant-Id", text) for text in ("", "a" * 257, "\xff", "<a>")),
    *(("Content-Type", text) for text in ("", "text/xml", "application/json; charset=\xff", "/")),
    *(("Content-Encoding", text) for text in ("gzip", "br", "nonsense")),
    *(("Accept", "nonsense"), ("Accept-Encoding", "nonsense"), ("Range", "bytes=9-1")),
    *(("X-Amz-Target", "Nonsense.Nothing"), ("X-Amzn-Trace-Id", "Root=\xff;;=")),
    *(("X-Odd", text) for text in ("", "a\r\n folded", "\x01", "a" * 40_000, "\xed\xa0\x80", "\t")),
    *(("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-Host", "\xff"), ("Cookie", "a=\xff")),
]

METHODS = ["HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "FOO", "get", "G\xc3T", "GET" * 20]

PATHS = [
    *("{path}/", "{path}//", "/{path}", "{path}/..", "{path}/../..", "/..{path}", "{path}/nothing"),
    *(
        "{path}%2f",
        "{path}%00",
        "{path}\xff",
        "{path}%",
        "{path}%zz",
        "{path};a=b",
        "{path}#a",
        "/",
    ),
    *("/2015-03-31/%2e%2e/2015-03-31/functions", "/2015-03-31/", "/2025-12-01/", "/2025-12-01/x"),
    *("/_nothing", "http://localhost{path}", "http://[{path}", "*", "nothing", "//[", "?", "/?a=%"),
    *("/2015-03-31/functions/../../etc/passwd", "{path}?", "{path}?&&=&", "{path}?a=%ff"),
]
