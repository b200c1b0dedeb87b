"""Texts that an order, a function or a history may hold, and how each reads where it is shown."""

from typing import Any

import pytest

from tests.unit.timelines import begin, event, ran
from workshop.orders import history

# They hold nothing that may not be shown as it is.
MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "</text></svg><script>alert(1)</script>",
    "]]><!-- --><![CDATA[",
    "&lt;b&gt;&#60;&amp;amp;",
    "<a href=javascript:alert(1)>x</a>",
    "javascript:alert(1)",
    "url(javascript:alert(1));}</style>",
    "<style>*{display:none}</style>",
    "[bold red]boo",
    "[/]",
    "[/bold]",
    "[link=http://x.example]here[/link]",
    "[@click=app.bell]x[/]",
    "\\[bold]",
    ":smile: :bomb:",
    "**b** _i_ `c` ~~s~~",
    "![](http://x.example/x.png) [x](javascript:alert(1))",
    "<http://x.example> # h1",
    "```",
    "````` ~~~",
    "{{7*7}} ${7*7} %s {0} {x}",
    "$x$ $$y$$",
    r"\(x\) \[y\] \begin{align}z\end{align} \href{javascript:alert(1)}{x}",
    "__proto__",
    "constructor",
    "Zoë 李雷 שלום 👩‍🚀 ×",
)
# As they are given, and as they are shown.
HIDDEN = {
    "\x1b[2J\x1b[31mred": r"\x1b[2J\x1b[31mred",
    "\x1b]8;;http://x.example\x1b\\here\x1b]8;;\x1b\\": "\\x1b]8;;http://x.example\\x1b\\here\\x1b]8;;\\x1b\\",
    "\x1b]52;c;bHM=\x07": r"\x1b]52;c;bHM=\x07",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x9b2J\x9d8;;x\x9c": r"\x9b2J\x9d8;;x\x9c",
    "paid\rnot paid": r"paid\rnot paid",
    "a\x08\x7fb\x0b\x0cc": r"a\x08\x7fb\x0b\x0cc",
    "nul\x00\x1a": r"nul\x00\x1a",
    "a\x85b\u2028c\u2029d": r"a\x85b\u2028c\u2029d",
    "gpj.\u202eexe\u2066\u200f": r"gpj.\u202eexe\u2066\u200f",
    "lone \ud800 \udfff": r"lone \ud800 \udfff",
    "\ufeff\ufffe\uffff": r"\ufeff\ufffe\uffff",
}
LONG = "x<" * 5000
SHOWN = {text: text for text in MARKUP} | HIDDEN
HARMLESS = "harmless"
nasty = pytest.mark.parametrize("text", SHOWN, ids=ascii)


def obeyed(shown: str) -> set[str]:
    """What a terminal would obey in a text, or an eye not see."""
    return set(shown) & (set("".join(HIDDEN)) - set("".join(HIDDEN.values())))


def nasty_history(text: str) -> list[dict[str, Any]]:
    """An execution that shows a text wherever it can."""
    error = {"Payload": {"ErrorType": text, "ErrorMessage": text}}
    retry = {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 1}
    return [
        begin(),
        event(1, "StepStarted", text),
        event(2, "StepFailed", text, Error=error, RetryDetails=retry),
        event(3, "StepStarted", text),
        event(4, "StepSucceeded", text, Result={"Payload": text}),
        event(4, "ContextStarted", "pick-items") | {"SubType": text},
        event(4, "StepStarted", f"child {text}") | {"ParentId": "pick-items"},
        event(4, "StepSucceeded", f"child {text}", Result={"Payload": text}),
        event(5, "ContextSucceeded", "pick-items"),
        event(5, "StepStarted", "charge") | {"Id": "charge"},
        event(6, "StepFailed", "charge", Error=error),
        ran(0, 7, error=text),
        event(7, "ExecutionFailed", "ord-1", Error=error),
    ]


def order(text: str) -> dict[str, Any]:
    """A stored order that holds a text wherever it can."""
    return {
        "orderId": text,
        "status": text,
        "errorMessage": text,
        "timeline": [{"status": text, "timestamp": text}],
        text: {"name": text},
    }


def run(text: str) -> history.Run:
    """That execution, as it is read."""
    return history.from_history("arn", nasty_history(text))
