"""Rewrite a notebook's links for a copy that lies one folder deeper."""

from __future__ import annotations

import re

FENCED = r"^(?P<fence>```+|~~~+)[\s\S]*?(?:^(?P=fence)|\Z)"
INLINE = r"(?P<ticks>`+)[^`][\s\S]*?(?P=ticks)"
LINK = r"(?:\]\(\s*<?|^\[[^\]]+\]:\s*<?|\b(?:src|href)\s*=\s*['\"])(?=\.\./)"
CODE_OR_LINK = re.compile(f"(?P<code>{FENCED}|{INLINE})|(?P<link>{LINK})", re.MULTILINE)


def one_level_deeper(markdown: str) -> str:
    """Let each link that leads out of the notebook's folder start one folder higher.

    A link to a neighbor stays as it is: the neighbors are copied too. Code is never a link.
    """
    return CODE_OR_LINK.sub(lambda found: found["code"] or f"{found['link']}../", markdown)
