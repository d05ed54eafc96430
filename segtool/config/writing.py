"""Values → YAML text, written as people write it: no quotes where none are needed. The opposite of `document`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from segtool.config.document import resolve

_PLAIN = re.compile(r"(?:[^\W_]|\.{0,2}/)(?:[^\n\r\t,\[\]{}#:&!|>?'\"%@`\\]|:(?=[^\s,\]}]))*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def flow(value: Any) -> str:
    """The value on one line: `{field: state, is: [NJ, NY]}`."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(key)}: {flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    return str(value)


def text(value: str) -> str:
    """A text that reads back as itself, in quotes only where it has to be."""
    if _UNSEEN.search(value):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        escaped = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
        return f'"{escaped}"'
    if _PLAIN.fullmatch(value) and not value.endswith((" ", ":")) and isinstance(resolve(value), str):
        return value
    return "'" + value.replace("'", "''") + "'"


def comment(said: str, width: int = 116, indent: str = "") -> list[str]:
    """A sentence as comment lines of at most about `width` characters; what would end the comment is a blank."""
    words = _UNSEEN.sub(" ", said).split()
    lines, line = [], ""
    for word in words:
        if line and len(indent) + 2 + len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [f"{indent}# {line}" for line in (*lines, line) if line]
