"""What `output:` says as a whole: keys that are fine alone and mean nothing, or harm, together."""

from __future__ import annotations

from segtool.config import model
from segtool.config.document import Node, find
from segtool.config.problems import Location, Problems


def check(output: model.Output, node: Node, problems: Problems) -> None:
    if output.template is not None and "xlsx" not in output.formats:
        message = "a template is for the workbook, and formats: does not ask for one; write formats: [csv, xlsx]"
        problems.error("unused-template", message, _place(node, "template"))
    if output.csv.decimal == "," == output.csv.delimiter:
        message = 'numbers with a decimal comma would be split where cells are; write delimiter: ";"'
        problems.error("decimal-comma", message, _place(node, "csv", "decimal"))


def _place(node: Node, *path: str) -> Location | None:
    value, at = find(node, ("output", *path))
    return value.at or at
