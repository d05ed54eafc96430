"""The documentation says what the tool does: every example in it is run, and nothing of the language is left out.

`docs/language.md` prints a small project and examples that add to it. A comment line before a fenced block says what
the block is:

    data NAME [ENCODING or SHEET]   a file of the project; `.xlsx` becomes a workbook
    project                         the segments file that the other examples add to
    where                           conditions; each ends at the line that says whom it fits: `# → ann, bob`
    sections                        parts of a segments file, added to the project; results stand behind the names
    sources                         more sources, added to the project
    file                            a whole segments file of its own, whose segments show their results
    mistakes                        conditions that are refused, each with the id of its problem: `# ✗ two-conditions`
    checked                         a whole segments file; the warnings of a line stand behind it: `# ! opens-alone`

All examples that add to the project are evaluated at once. The README's tables and snippets are checked, too.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
import typer.main
from typer.testing import CliRunner

import segtool
from segtool.cli import app
from segtool.cli.exits import Exit
from segtool.config import conditions, document, model, times
from segtool.config.columns import VALUE
from segtool.config.computed import RFM_FIELDS, Split
from segtool.config.document import Block, Items, Node, Scalar
from segtool.config.operators import BOUNDS, CALENDAR, MEASURES, OPERATORS, ORDER, PICKS, TYPES, WINDOWS
from segtool.config.problems import ConfigError, Problems
from segtool.config.schema import schema
from segtool.config.shape import Shape
from segtool.config.warnings import CODES
from segtool.lists import changes
from segtool.plan import rfm, splits

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

PEOPLE = ("ann", "bob", "cat", "dan", "eve", "fay")
ARROW, CROSS = "# → ", "# ✗ "
_FENCE = re.compile(
    r"^(?:<!-- *(?P<kind>\w+)(?P<rest>[^>]*?) *-->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)


# --- the page, taken apart -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Example:
    """A fenced block: what it is, the words behind that, and its text. `line` is where it stands in the page."""

    kind: str
    words: tuple[str, ...]
    language: str
    text: str
    line: int

    @property
    def sections(self) -> dict[str, str]:
        """The top-level keys of a piece of YAML, each with everything below it."""
        parts = re.split(r"^(\w+):[^\S\n]*(?=\S|$)", self.text, flags=re.M)
        return dict(zip(parts[1::2], parts[2::2], strict=True))


@dataclass(frozen=True)
class Shown:
    """A condition of the page and what stands behind its arrow."""

    name: str
    text: str
    said: str
    line: int


def examples(*kinds: str) -> list[Example]:
    return [example for example in _EXAMPLES if not kinds or example.kind in kinds]


def _fenced() -> Iterator[Example]:
    for found in _FENCE.finditer(PAGE):
        words = tuple((found["rest"] or "").split())
        yield Example(
            found["kind"] or "", words, found["language"], found["text"], PAGE.count("\n", 0, found.start()) + 1
        )


_EXAMPLES = tuple(_fenced())


def shown(kind: str, mark: str) -> list[Shown]:
    """The conditions of all blocks of a kind, in order."""
    found: list[Shown] = []
    for example in examples(kind):
        lines: list[str] = []
        for number, line in enumerate(example.text.splitlines(), start=example.line + 2):
            code, arrow, said = line.partition(mark)
            lines.append(code.rstrip())
            if arrow:
                text = "\n".join(lines).strip("\n")
                found.append(Shown(f"{kind}_{len(found)}", text, said.strip(), number))
                lines = []
        assert not any(line.strip() for line in lines), f"no {mark.strip()} behind the example in line {example.line}"
    return found


def as_segments(conditions: list[Shown]) -> str:
    return "".join(f"  {one.name}:\n    where:\n{textwrap.indent(one.text, ' ' * 6)}\n" for one in conditions)


def results(example: Example) -> Iterator[tuple[str, str, str]]:
    """Section, name and what is said behind its arrow, for every entry of a piece of YAML that shows a result."""
    for section, body in example.sections.items():
        for line in body.splitlines():
            code, arrow, said = line.partition(ARROW)
            name = re.match(r"(?:  )?([\w-]+):|\s*\{", code)
            if arrow:
                assert name is not None, f"an arrow behind no name: {line}"
                yield section, name[1] or section, said.strip()


# --- the project that the page builds up ---------------------------------------------------------------------


def write_data(folder: Path) -> None:
    """Every file that the page prints."""
    for example in examples("data"):
        name, *rest = example.words
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            sheet = book.active
            assert sheet is not None
            sheet.title = rest[0]
            for line in example.text.splitlines():
                sheet.append(line.split(","))
            book.create_sheet("Notes").append(["nothing", "of", "note"])
            book.save(path)
        else:
            path.write_text(example.text, encoding=rest[0] if rest else "utf-8")


def project(more: str = "") -> str:
    """The page's project with every addition of the page and `more` segments, as one segments file."""
    parts: dict[str, list[str]] = {}
    for example in examples("project", "sections", "sources"):
        for section, body in example.sections.items():
            assert section in parts or example.kind == "project" or section not in ("version", "timezone")
            parts.setdefault(section, []).append(body)
    parts["segments"].append("\n" + as_segments(shown("where", ARROW)) + more)
    return "".join(f"{section}: {''.join(bodies).rstrip()}\n" for section, bodies in parts.items())


@dataclass(frozen=True)
class Outcome:
    """The evaluated project: members, and every value of every contact."""

    members: dict[str, list[str]]
    values: dict[str, dict[str, object]]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("documented")
    write_data(folder)
    path = folder / "segments.yaml"
    names = [*_names(project(), "traits"), *_names(project(), "scores"), *RFM_FIELDS]
    every_value = f"  every_value:\n    where: everyone\n    columns: [id, {', '.join(names)}]\n"
    path.write_text(project(every_value), encoding="utf-8")
    evaluation = segtool.evaluate(segtool.load(path))
    table = evaluation.table("every_value")
    named = table.rename({name: name.removeprefix(VALUE) for name in table.columns})
    values = {str(row["id"]): row for row in named.iter_rows(named=True)}
    return Outcome(evaluation.members, values)


def _names(text: str, section: str) -> tuple[str, ...]:
    inner = cast(Block, document.parse(text, "")).get(section)
    return inner.keys if isinstance(inner, Block) else ()


def people(said: str) -> list[str]:
    """`ann, bob`, `everyone`, `nobody` or `everyone but ann` as ids."""
    if said == "nobody":
        return []
    word, _, rest = said.partition(" but ")
    if word == "everyone":
        absent = people(rest) if rest else []
        return [name for name in PEOPLE if name not in absent]
    names = said.split(", ")
    assert set(names) <= set(PEOPLE), said
    return sorted(names)


def values_said(said: str) -> dict[str, str]:
    """`ann 2, bob 1, others 0` as a value for each; who is not named has none."""
    found = dict(part.split(" ", 1) for part in said.split(", "))
    others = found.pop("others", None)
    assert set(found) <= set(PEOPLE), said
    return found if others is None else dict.fromkeys(PEOPLE, others) | found


def spelled(value: object) -> str:
    """A value as a list would show it: instants in the zone of the project."""
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=UTC).astimezone(ZoneInfo('Europe/Riga')):%Y-%m-%d %H:%M}"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- the examples, run ---------------------------------------------------------------------------------------


def test_every_block_says_what_it_is() -> None:
    kinds = {"data", "project", "where", "sections", "sources", "file", "checked", "mistakes"}
    unsaid = [example.line for example in examples() if example.kind not in kinds and example.language != "text"]
    assert not unsaid, f"blocks without a comment that says what they are, in lines {unsaid}"
    assert len(shown("where", ARROW)) > 100


def test_conditions_fit_whom_the_page_says(outcome: Outcome) -> None:
    wrong = {
        f"line {one.line}: {one.text}": outcome.members[one.name]
        for one in shown("where", ARROW)
        if outcome.members[one.name] != people(one.said)
    }
    assert not wrong


def test_sections_give_what_the_page_says(outcome: Outcome) -> None:
    wrong = {}
    for example in examples("project", "sections"):
        for section, name, said in results(example):
            if section == "segments":
                if outcome.members[name] != people(said):
                    wrong[name] = outcome.members[name]
                continue
            key = "rfm" if section == "rfm" else name
            given = {who: spelled(row[key]) for who, row in outcome.values.items() if row[key] is not None}
            if given != values_said(said):
                wrong[name] = given  # type: ignore[assignment]
    assert not wrong


@pytest.mark.parametrize("example", examples("file"), ids=lambda example: f"line-{example.line}")
def test_whole_files_give_what_the_page_says(example: Example, tmp_path: Path) -> None:
    write_data(tmp_path)
    (tmp_path / "segments.yaml").write_text(example.text, encoding="utf-8")
    run = segtool.run(segtool.load(tmp_path / "segments.yaml"))
    said = {name: people(said) for section, name, said in results(example) if section == "segments"}
    assert said
    assert {name: run.members[name] for name in said} == said


def test_the_lists_of_the_page_are_written(outcome: Outcome, tmp_path: Path) -> None:
    """The whole project also runs, and its files have the columns that were asked for, under those names."""
    write_data(tmp_path)
    path = tmp_path / "segments.yaml"
    path.write_text(project(), encoding="utf-8")
    config = segtool.load(path)
    run = segtool.run(config)
    assert run.members == {name: found for name, found in outcome.members.items() if name != "every_value"}
    for name, spec in config.segments.items():
        written = tmp_path / "output" / "lists" / f"{name}.csv"
        assert written.exists() == spec.settings.list
        if spec.settings.columns:
            assert written.read_text(encoding="utf-8").splitlines()[0] == ",".join(spec.settings.columns)


def test_mistakes_are_refused_as_the_page_says(tmp_path: Path) -> None:
    write_data(tmp_path)
    wrong = shown("mistakes", CROSS)
    path = tmp_path / "segments.yaml"
    for text_alone in (True, False):  # mistakes of the text come before those that need the data
        tried = [one for one in wrong if (_alone(one) is not None) == text_alone]
        path.write_text(project(as_segments(tried)), encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            segtool.evaluate(segtool.load(path))
        lines = path.read_text(encoding="utf-8").splitlines()
        found: dict[str, str] = {}
        for problem in caught.value.problems:
            if problem.severity == "error":
                assert problem.at is not None
                above = [re.match(r"  (\w+):$", line) for line in lines[: problem.at.line]]
                found[[name[1] for name in above if name][-1]] = problem.id
        assert found == {one.name: one.said for one in tried}


@pytest.mark.parametrize("example", examples("checked"), ids=lambda example: f"line-{example.line}")
def test_files_are_warned_of_as_the_page_says(example: Example, tmp_path: Path) -> None:
    write_data(tmp_path)
    (tmp_path / "segments.yaml").write_text(example.text, encoding="utf-8")
    found: dict[int, list[str]] = {}
    for problem in segtool.check(segtool.load(tmp_path / "segments.yaml")):
        assert problem.at is not None
        found.setdefault(problem.at.line, []).append(problem.id)
    said = {
        number: line.partition("# ! ")[2].split(", ")
        for number, line in enumerate(example.text.splitlines(), start=1)
        if "# ! " in line
    }
    assert {line: sorted(ids) for line, ids in found.items()} == {line: sorted(ids) for line, ids in said.items()}


def test_the_page_lists_every_warning() -> None:
    chapter = _chapter("Warnings")
    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", chapter, re.M)) == CODES
    shown = {code for marks in re.findall(r"# ! (.+)$", chapter, re.M) for code in marks.split(", ")}
    assert shown == set(CODES) - {"stale-static"}, "which needs an earlier run"


def _alone(one: Shown) -> str | None:
    """The id of the first mistake that the text of a condition shows without any data."""
    problems = Problems()
    conditions.parse(document.parse(one.text, ""), problems)
    return problems.errors[0].id if problems.errors else None


# --- nothing is left out -------------------------------------------------------------------------------------


def _pieces() -> Iterator[Node]:
    """Every example as a document tree."""
    for one in (*shown("where", ARROW), *shown("mistakes", CROSS)):
        yield document.parse(one.text, "")
    for example in examples("project", "sections", "sources", "file", "checked"):
        yield document.parse(example.text, "")


NODES = [node for piece in _pieces() for node in document.walk(piece)]
KEYS = {key for node in NODES if isinstance(node, Block) for key in node.keys}
TEXTS = {node.text for node in NODES if isinstance(node, Scalar)}
SPOKEN = {word for code in re.findall(r"`([^`\n]+)`", PAGE) for word in (code, code.partition(":")[0])}


def keys_below(*path: str) -> set[str]:
    """Every key that the examples use below a path, where `*` is any name."""
    reached = [piece for piece in _pieces() if isinstance(piece, Block)]
    for step in path:
        inner = [entry.node for node in reached for entry in node.entries if step in ("*", entry.key)]
        reached = [node for node in inner if isinstance(node, Block)]
    return {key for node in reached for key in node.keys}


COMBINATORS = conditions.COMBINATORS
LANGUAGE: dict[str, tuple[str, ...]] = {
    "operators": tuple(OPERATORS),
    "bounds": BOUNDS,
    "windows": WINDOWS,
    "measures": MEASURES,
    "order": ORDER,
    "picks": PICKS,
    "combinators": COMBINATORS,
    "leaders": conditions.LEADERS,
    "beside a field": ("match_case", "change_in"),
}


@pytest.mark.parametrize("part", LANGUAGE)
def test_every_word_has_an_entry_and_an_example(part: str) -> None:
    words = set(LANGUAGE[part])
    assert not words - KEYS, "without an example"
    assert not words - SPOKEN, "without an entry"


SHAPES: dict[str, tuple[type[Shape], tuple[tuple[str, ...], ...]]] = {
    "document": (model.Document, ((),)),
    "source": (model.Source, (("sources", "*"),)),
    "segment": (model.Segment, (("segments", "*"),)),
    "rank": (model.Rank, (("segments", "*", "top"), ("segments", "*", "bottom"))),
    "segment guard": (model.Guard, (("segments", "*", "guard"),)),
    "lookup": (model.Lookup, (("sources", "*", "lookup"), ("sources", "*"))),
    "fold": (model.Fold, (("sources", "*", "fold"),)),
    "source guard": (model.SourceGuard, (("sources", "*", "guard"),)),
    "guards": (model.Guards, (("guards",),)),
    "output": (model.Output, (("output",),)),
    "csv": (model.CsvStyle, (("output", "csv"),)),
    "audience": (model.Audience, (("output", "audience"),)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_has_an_entry_and_an_example(shape: str) -> None:
    keys = set(SHAPES[shape][0].settings)
    assert not keys - {key for path in SHAPES[shape][1] for key in keys_below(*path)}, "without an example"
    assert not keys - SPOKEN, "without an entry"


def test_whatever_the_schema_offers_is_documented() -> None:
    """Also the keys that no table lists: those of traits, scores, RFM and splits."""
    offered: set[str] = set()

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            offered.update(part.get("properties", {}))
            for inner in part.values():
                collect(inner)
        for inner in part if isinstance(part, list) else ():
            collect(inner)

    collect(schema())
    assert len(offered) > 100
    assert not offered - KEYS


def test_every_value_of_a_closed_set_is_documented() -> None:
    durations = [found for text in TEXTS if (found := times.duration(text.removesuffix(" ago").removeprefix("in ")))]
    assert not set(times.UNITS) - {found.unit for found in durations}
    assert not set(times.PERIODS) - TEXTS
    assert not {"now", "today", "yesterday", "tomorrow"} - TEXTS
    assert not set(TYPES) - TEXTS
    assert not set(TYPES) - SPOKEN
    assert not set(CALENDAR) - TEXTS
    assert not {"last", "first", "error"} - TEXTS - SPOKEN
    assert not set(RFM_FIELDS) - SPOKEN
    assert {"day_first", "month_first", "iso"} <= TEXTS | SPOKEN
    assert set(PICKS) <= KEYS


def test_the_page_lists_which_operators_take_which_type() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", _chapter("Fields"), re.M)
    families = {"text": "text", "number": "number", "boolean": "boolean", "date": "date", "list": "list"}
    told = {name: {families[word] for word in kinds.split(", ")} for name, kinds in rows}
    known = {name: {kind for kind in operator.types if kind in families} for name, operator in OPERATORS.items()}
    assert told == known


def _chapter(title: str) -> str:
    """The text below a heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", PAGE, re.M | re.S)
    assert found is not None, title
    return found[2]


# --- what tables of the page claim ---------------------------------------------------------------------------


def test_the_rfm_table_is_the_one_that_is_used() -> None:
    rows = re.findall(r"^\| \*\*(\d)\*\* \| (.+) \|$", _chapter("RFM"), re.M)
    told = {int(recency): tuple(cell.strip("` ") for cell in cells.split("|")) for recency, cells in rows}
    assert told == rfm.GROUPS
    described = set(re.findall(r"^\| `(\w+)` \| [A-Z]", _chapter("RFM"), re.M))
    assert described == {name for names in rfm.GROUPS.values() for name in names}


def test_split_vectors() -> None:
    rows = re.findall(r"^\| `(\S+)` \| `(\S+)` \| (0\.\d+) \| `(\w+)` \|$", _chapter("Splits"), re.M)
    assert len(rows) >= 4
    for salt, contact, place, arm in rows:
        split = Split("", (("A", 45.0), ("B", 45.0), ("holdout", 10.0)), salt)
        assert f"{splits.place(salt, contact):.10f}" == place
        assert splits.arm(split, contact) == arm


def test_files_of_a_run_and_their_columns(tmp_path: Path) -> None:
    """The names of files, their columns and the reasons that the page tells."""
    write_data(tmp_path)
    path = tmp_path / "segments.yaml"
    path.write_text(examples("project")[0].text, encoding="utf-8")
    with (tmp_path / "contacts.csv").open("a", encoding="utf-8") as contacts:
        contacts.write(",Nobody" + "," * 12 + "\n")
    first = segtool.run(segtool.load(path))
    assert first.rejects.get_column("row").to_list() == [len(PEOPLE) + 2]  # rows as a spreadsheet counts them
    second = segtool.run(segtool.load(path), as_of="2026-07-30")
    chapter = _chapter("Output and state")
    for file in second.files:
        assert f"`{re.sub(r'/.*[.]', '/<segment>.', file)}`" in chapter, file
    told = dict(re.findall(r"^The columns of `(.+?)` are (`.+`)\.$", chapter, re.M))
    assert len(told) == 3
    folder = tmp_path / "output"
    for file, columns in told.items():
        pattern = file.replace("<segment>", "*")
        for written in folder.glob(pattern):
            table = pl.read_csv(written, infer_schema=False)
            own = [name for name in table.columns if name in ("change", "reason") or "changes" not in file]
            assert re.findall(r"`(\w+)`", columns) == own, file
    reasons = set(re.findall(r"^\| `([^`]+)` \|", _chapter("Who entered and who left"), re.M))
    known = {value for name, value in vars(changes).items() if name.isupper() and isinstance(value, str)}
    assert reasons == {value.replace("{}", "…").rstrip(": ") for value in known if " " in value}
    assert {row for change in first.changes.values() for row in change.entered["reason"]} == {changes.FIRST_RUN}


# --- the README ----------------------------------------------------------------------------------------------


def test_readme_yaml_is_read(tmp_path: Path) -> None:
    snippets = re.findall(r"^```yaml\n(.*?)^```$", README, re.M | re.S)
    assert snippets
    for snippet in snippets:
        path = tmp_path / "segments.yaml"
        path.write_text(snippet, encoding="utf-8")
        config = segtool.load(path)
        assert config.segments


def test_readme_python_names_what_there_is() -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    compile(snippet, "README", "exec")
    for name in re.findall(r"\bsegtool\.(\w+)\(", snippet):
        assert callable(getattr(segtool, name))


def test_readme_lists_the_commands() -> None:
    rows = dict(re.findall(r"^\| `segtool (\w+)[^`]*` \| (.+) \|$", README, re.M))
    command = typer.main.get_command(app)
    assert set(rows) == set(command.commands)  # type: ignore[attr-defined]
    for name, said in rows.items():
        help_text = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).output
        for option in re.findall(r"--[a-z-]+", said):
            assert option in help_text, f"{name} {option}"


def test_readme_lists_the_exit_codes() -> None:
    table = README[README.index("| exit |") :].split("\n\n")[0]
    told = {int(code) for cell in re.findall(r"^\| ([\d, ]+) \|", table, re.M) for code in cell.split(",")}
    assert told == {int(code) for code in Exit}


def test_links_lead_somewhere() -> None:
    for text, folder in ((README, ROOT), (PAGE, ROOT / "docs")):
        for target in re.findall(r"\]\(([^)#\s]+)\)", text):
            assert (folder / target).exists(), target
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", PAGE, re.M)
    }
    for anchor in re.findall(r"\]\(#([^)]+)\)", PAGE):
        assert anchor in headings, anchor


def test_tree_helpers_see_lists() -> None:
    """The walk that the checks above rely on goes into lists."""
    node = document.parse("- {did: click}", "")
    assert isinstance(node, Items)
    assert "did" in {key for inner in document.walk(node) if isinstance(inner, Block) for key in inner.keys}
