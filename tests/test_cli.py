"""The command line as a shell and cron meet it: what goes to which stream, and how a command ends."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from rich.console import Console

import segtool
from segtool.cli import tables
from segtool.cli.exits import Exit
from segtool.config.schema import schema
from segtool.store.manifest import FORMAT
from segtool.version import __version__

Files = Callable[[Mapping[str, str | bytes]], Path]

SEGMENTS = """\
version: 1
as_of: 2026-06-01
sources:
  contacts: {files: contacts.csv, id: email}
  activity: {files: activity.csv, contact: email, time: at, event: what}
segments:
  nj: {label: New Jersey, where: {field: state, is: NJ}}
  clicked: {where: {did: click, in_last: 30 days}}
  nj_clicked: {where: [{in_segment: nj}, {in_segment: clicked}]}
"""
CONTACTS = """\
email,name,state
ann@x.org,Ann,NJ
bob@x.org,Bob,NJ
cy@x.org,Cy,NY
cy@x.org,Cy,NY
"""
MOVED = CONTACTS.replace("Bob,NJ", "Bob,NY") + "dee@x.org,Dee,NJ\n"
ACTIVITY = """\
email,at,what
ann@x.org,2026-05-20 10:00,click
cy@x.org,2026-05-21 10:00,click
zed@x.org,2026-05-03 10:00,click
ann@x.org,soon,click
"""
PROJECT = {"segments.yaml": SEGMENTS, "contacts.csv": CONTACTS, "activity.csv": ACTIVITY}


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """As under cron, where no variable speaks of colours or of a terminal."""
    plain = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI")}
    return plain | {"TERM": "dumb", "PYTHONIOENCODING": "utf-8"} | dict(extra or {})


def command(folder: Path, *arguments: str, python: tuple[str, ...] = ("-m", "segtool"), **extra: str) -> Said:
    """Runs a command in `folder`, its streams being pipes."""
    line = [sys.executable, *python, *arguments]
    done = subprocess.run(line, cwd=folder, env=environment(extra), capture_output=True, check=False)
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def on_a_terminal(folder: Path, *arguments: str, **extra: str) -> tuple[int, str]:
    """Runs a command in `folder` on a terminal of 100 columns: how it ended, and all that reached the screen."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    shown = b""
    line = [sys.executable, "-m", "segtool", *arguments]
    variables = environment({"TERM": "xterm-256color", **extra})
    with subprocess.Popen(line, cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        while part := _read(ours):
            shown += part
    os.close(ours)
    return running.returncode, shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # what Linux says when nobody holds the other end any more
        return b""


def plain(shown: str) -> str:
    """What is read on the screen: without colours, and without the lines that progress wiped again."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "\n".join(line.split("\r")[-1] for line in shown.split("\n")))


def colours(shown: str) -> list[str]:
    return re.findall(r"\x1b\[(?:3|4|9)\d[;m]", shown)


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file and folder with its content and when it was changed."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def project(files: Files) -> Path:
    """A small project that has not run yet."""
    return files(PROJECT)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two runs, a day apart: Bob moved away and Dee came in between."""
    folder = tmp_path_factory.mktemp("history")
    for name, text in PROJECT.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = segtool.load(folder / "segments.yaml")
    segtool.run(config)
    (folder / "contacts.csv").write_text(MOVED, encoding="utf-8")
    segtool.run(config, as_of="2026-06-02")
    return folder


# --- run -----------------------------------------------------------------------------------------------------------


def test_run_says_one_line_off_a_terminal(project: Path) -> None:
    said = command(project, "run")
    line = r"segtool: run 1 ok: 3 segments, 5 entered, 0 left, 1 rejected, \d+\.\ds\n"
    assert re.fullmatch(line, said.out)
    assert (said.code, said.err) == (Exit.DONE, "")
    assert (project / "output/lists/nj.csv").read_text() == "email,name,state\nann@x.org,Ann,NJ\nbob@x.org,Bob,NJ\n"


def test_a_dry_run_writes_nothing(history: Path) -> None:
    before = tree(history)
    said = command(history, "run", "--dry-run")
    assert re.fullmatch(r"segtool: dry run ok: 3 segments, \d entered, \d left, 1 rejected, \d+\.\ds\n", said.out)
    assert (said.code, said.err) == (Exit.DONE, "")
    assert tree(history) == before


def test_a_dry_run_of_a_new_project_leaves_no_folder(project: Path) -> None:
    assert command(project, "run", "-n", "--quiet") == Said(Exit.DONE, "", "")
    assert sorted(tree(project)) == sorted(PROJECT)


def test_run_as_json_is_one_document(project: Path) -> None:
    said = command(project, "run", "--json", "--as-of", "2026-07-01T09:00")
    report = json.loads(said.out)
    assert (said.code, said.err) == (Exit.DONE, "")
    assert (report["schema"], report["serial"], report["as_of"]) == (1, 1, "2026-07-01T09:00:00Z")
    assert {line["segment"]: line["members"] for line in report["segments"]} == {"nj": 2, "clicked": 0, "nj_clicked": 0}
    assert said.out == (project / "output/run.json").read_text(encoding="utf-8")


def test_only_leaves_the_other_lists_as_they_were(project: Path, files: Files) -> None:
    segtool.run(segtool.load(project / "segments.yaml"))
    before = tree(project / "output")
    files({"contacts.csv": MOVED})
    assert command(project, "run", "--only", "nj", "--quiet") == Said(Exit.DONE, "", "")
    after = tree(project / "output")
    written = {name for name in after if before.get(name) != after[name]}
    assert written - {"lists", "changes"} == {
        "lists/nj.csv",
        "changes/nj.csv",
        "rejects.csv",
        "run.json",
        "summary.csv",
    }
    assert set(before) == set(after)
    assert (project / "output/changes/nj.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "entered,dee@x.org,Dee,NJ,new contact",
        'left,bob@x.org,Bob,NY,"state: NJ → NY, needs to be ""NJ"""',
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "njj"], 'error[unknown-name] --only: there is no "njj"; did you mean "nj"?\n'),
        (
            ["nothing.yaml"],
            "nothing.yaml: error[no-config] there is no file nothing.yaml; segtool init writes one from export files\n",
        ),
    ],
)
def test_run_of_what_is_not_there(arguments: list[str], told: str, project: Path) -> None:
    assert command(project, "run", *arguments) == Said(Exit.CONFIG, "", told)
    assert sorted(tree(project)) == sorted(PROJECT)


def test_a_wrong_option_is_a_mistake_of_the_call(project: Path) -> None:
    said = command(project, "run", "--wait", "soon")
    assert (said.code, said.out) == (Exit.CONFIG, "")
    assert '"soon" is no length of time; write 30s, 10m or 1h' in said.err
    said = command(project, "run", "--onyl", "nj")
    assert (said.code, said.out) == (Exit.CONFIG, "")
    assert "--onyl" in said.err


# --- check and schema ----------------------------------------------------------------------------------------------

BROKEN = SEGMENTS.replace("in_last: 30 days", "in_last: 30 days, at_lest: 2")
SENTENCE = '"at_lest" means nothing beside "did"; did you mean "at_least"?'
CONCISE = f"segments.yaml:8:51: error[unknown-key] {SENTENCE}\n"


@pytest.fixture
def broken(files: Files) -> Path:
    return files({**PROJECT, "segments.yaml": BROKEN})


def test_check_in_full(broken: Path) -> None:
    excerpt = (
        "   |\n"
        " 8 |   clicked: {where: {did: click, in_last: 30 days, at_lest: 2}}\n"
        "   |                                                   ^^^^^^^\n"
    )
    assert command(broken, "check") == Said(Exit.CONFIG, CONCISE + excerpt, "1 error\n")


def test_check_for_editors_and_build_servers(broken: Path) -> None:
    assert command(broken, "check", "--format", "concise") == Said(Exit.CONFIG, CONCISE, "1 error\n")
    place = "file=segments.yaml,line=8,col=51,endColumn=58,title=unknown-key"
    assert command(broken, "check", "--format", "github") == Said(Exit.CONFIG, f"::error {place}::{SENTENCE}\n", "")
    said = command(broken, "check", "--format", "json")
    where = {"file": "segments.yaml", "line": 8, "column": 51, "end_column": 58}
    problem = {"id": "unknown-key", "severity": "error", "message": SENTENCE, **where}
    assert json.loads(said.out) == {"schema": 1, "problems": [problem]}
    assert (said.code, said.err) == (Exit.CONFIG, "")


def test_what_a_message_holds_stays_in_its_field(files: Files) -> None:
    """A comma, a line end or an emoji's name in what was written does not break a format."""
    name = ":x:, 100%"
    folder = files({**PROJECT, "segments.yaml": SEGMENTS.replace("state, is: NJ", f"'{name}', is: NJ")})
    (problem,) = json.loads(command(folder, "check", "--format", "json").out)["problems"]
    assert problem["message"].startswith(f'there is no field "{name}"')
    said = command(folder, "check", "--format", "github")
    assert 'title=unknown-field::there is no field ":x:, 100%25"' in said.out


def test_check_finds_nothing(project: Path) -> None:
    assert command(project, "check") == Said(Exit.DONE, "", "segments.yaml: nothing wrong\n")
    said = command(project, "check", "--format", "json")
    assert (said.code, json.loads(said.out), said.err) == (Exit.DONE, {"schema": 1, "problems": []}, "")
    assert sorted(tree(project)) == sorted(PROJECT), "check writes nothing"


def test_check_where_the_files_alone_are_at_fault(project: Path) -> None:
    (project / "contacts.csv").write_text(CONTACTS.replace("email", "address"), encoding="utf-8")
    told = 'segments.yaml:4:39: error[no-column] contacts.csv has no column "email"; it has address, name, state\n'
    assert command(project, "check", "--format", "concise") == Said(Exit.DATA, told, "1 error\n")


def test_warnings_are_no_failure(files: Files) -> None:
    folder = files({**PROJECT, "segments.yaml": SEGMENTS.replace("did: click", "did: purchase")})
    said = command(folder, "check", "--format", "concise")
    assert said.out.startswith("segments.yaml:8:26: warning[never-happens] no row has the event")
    assert (said.code, said.err) == (
        Exit.DONE,
        "segments.yaml: nothing wrong, 1 warning (silence: [NAME] in the file keeps one quiet)\n",
    )
    said = command(folder, "run", "--json")
    assert json.loads(said.out)["serial"] == 1
    assert "warning[never-happens]" in said.err


def test_schema_is_data(project: Path) -> None:
    said = command(project, "schema")
    assert json.loads(said.out) == schema()
    assert (said.code, said.err) == (Exit.DONE, "")


# --- diff ----------------------------------------------------------------------------------------------------------

NUMBERS = [
    ["segment", "before", "members", "entered", "left", "note"],
    ["nj", "2", "2", "1", "1", ""],
    ["clicked", "2", "2", "0", "0", ""],
    ["nj_clicked", "1", "1", "0", "0", ""],
]
MEMBERS = [["segment", "change", "id"], ["nj", "entered", "dee@x.org"], ["nj", "left", "bob@x.org"]]


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def test_diff_off_a_terminal(history: Path) -> None:
    said = command(history, "diff", "--members")
    table = rows(said.out, "\t")
    assert table[:3] == NUMBERS[1:]
    assert [row[:3] for row in table[3:]] == MEMBERS[1:]
    assert all(row[3] for row in table[3:]), "each with its reason"
    assert (said.code, said.err) == (Exit.DONE, "")


def test_diff_as_csv(history: Path) -> None:
    said = command(history, "diff", "--format", "csv")
    assert (said.code, rows(said.out), said.err) == (Exit.DONE, NUMBERS, "")


@pytest.mark.parametrize("runs", [["2026-06-01", "2026-06-02"], ["previous", "latest"]])
def test_diff_of_two_runs(runs: list[str], history: Path) -> None:
    said = command(history, "diff", *runs, "--format", "csv", "--members", "--segment", "nj")
    assert [row[:3] for row in rows(said.out)] == MEMBERS
    assert (said.code, said.err) == (Exit.DONE, "")


def test_diff_as_json(history: Path) -> None:
    said = command(history, "diff", "2", "1", "--format", "json", "-s", "nj", "-m", "--exit-code")
    found = json.loads(said.out)
    changes = found["segments"][0].pop("changes")
    assert found == {
        "schema": 1,
        "old": {"run": 2, "as_of": "2026-06-02T00:00:00Z"},
        "new": {"run": 1, "as_of": "2026-06-01T00:00:00Z"},
        "segments": [{"segment": "nj", "before": 2, "members": 2, "entered": 1, "left": 1, "note": ""}],
    }
    assert [(each["change"], each["id"]) for each in changes] == [("entered", "bob@x.org"), ("left", "dee@x.org")]
    assert (said.code, said.err) == (Exit.DIFFERENT, "")


def test_no_difference_is_no_failure(history: Path) -> None:
    assert command(history, "diff", "--exit-code", "-s", "clicked").code == Exit.DONE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-s", "njj"], 'error[unknown-segment] there is no list "njj" in these runs; did you mean "nj"?\n'),
        (["7"], 'segtool: there is no run "7"; there are runs 1 to 2, of 2026-06-01 to 2026-06-02\n'),
    ],
)
def test_diff_of_what_is_not_there(arguments: list[str], told: str, history: Path) -> None:
    assert command(history, "diff", *arguments) == Said(Exit.CONFIG, "", told)


def test_diff_before_the_first_run(project: Path) -> None:
    told = "segtool: there is no run yet; segtool run makes the first\n"
    assert command(project, "diff") == Said(Exit.CONFIG, "", told)


# --- how a command ends --------------------------------------------------------------------------------------------


def test_the_codes_are_a_contract() -> None:
    """What scripts rely on: none of these numbers ever changes."""
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0,
        "DIFFERENT": 1,
        "CONFIG": 2,
        "DATA": 3,
        "HELD": 4,
        "STATE": 5,
        "NEWER": 6,
        "BUG": 70,
        "LOCKED": 75,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }


def many(vips: int, people: int = 120) -> str:
    listed = (f"{number}@x.org,{'true' if number < vips else 'false'}\n" for number in range(people))
    return "email,vip\n" + "".join(listed)


GUARDED = """\
version: 1
as_of: 2026-06-01
sources:
  contacts: {files: contacts.csv, id: email}
output: {columns: [email]}
segments:
  vips: {where: {field: vip, is: true}}
  best: {where: {in_segment: vips}}
  others: {where: {field: vip, is: false}}
"""


@pytest.fixture
def guarded(files: Files) -> Path:
    """A project of 120 people, all of them important, that ran once."""
    folder = files({"segments.yaml": GUARDED, "contacts.csv": many(120)})
    segtool.run(segtool.load(folder / "segments.yaml"))
    return folder


def test_a_list_that_changes_too_much_is_held(guarded: Path, files: Files) -> None:
    before = tree(guarded / "output/lists")
    files({"contacts.csv": many(59)})
    said = command(guarded, "run")
    assert re.match(r"segtool: run 2 held: 3 segments, 61 entered, 0 left, 0 rejected, 2 held, ", said.out)
    assert said.err.splitlines() == [
        'held: "vips": 120 → 59, 61 left (50.8 %, limit 50 %); if that is right: --accept vips',
        'held: "best": 120 → 59, 61 left (50.8 %, limit 50 %); if that is right: --accept best',
    ]
    after = tree(guarded / "output/lists")
    assert said.code == Exit.HELD
    assert after["vips.csv"][1] == before["vips.csv"][1]
    assert after["others.csv"][1].count(b"\n") == 62
    said = command(guarded, "run", "--accept", "vips", "--accept", "best", "--quiet")
    assert (said.code, said.out) == (Exit.DONE, "")
    assert (guarded / "output/lists/vips.csv").read_bytes().count(b"\n") == 60


def test_an_export_that_shrank_publishes_nothing(guarded: Path, files: Files) -> None:
    before = tree(guarded / "output")
    files({"contacts.csv": many(90, 90)})
    numbers = "segments.yaml: error[source-shrank] contacts.csv has 90 rows, last run 120 (−25.0 %, limit −20 %)"
    advice = "is the export complete? If so: --accept contacts\n"
    said = command(guarded, "run")
    assert (said.code, said.out) == (Exit.DATA, "")
    assert re.fullmatch(
        re.escape(numbers) + r"; it was modified \d+ seconds? before the run; " + re.escape(advice), said.err
    )
    assert tree(guarded / "output") == before
    assert command(guarded, "run", "--accept", "contacts").code == Exit.DONE


def test_a_file_that_is_not_there(project: Path) -> None:
    (project / "contacts.csv").unlink()
    said = command(project, "run")
    assert (said.code, said.out) == (Exit.DATA, "")
    assert said.err.startswith("segments.yaml:4:21: error[no-file] there is no file contacts.csv")


def test_another_run_is_under_way(history: Path) -> None:
    before = tree(history / "output")
    with FileLock(history / ".segtool/lock"):
        said = command(history, "run")
    assert (said.code, said.out) == (Exit.LOCKED, "")
    told = r"segtool: another run is under way \(.+\); try again when it is done, or wait for it with --wait 10m\n"
    assert re.fullmatch(told, said.err)
    assert tree(history / "output") == before


def test_the_state_of_a_newer_segtool(project: Path, files: Files) -> None:
    files({".segtool/FORMAT": f"{FORMAT + 1}\n"})
    for asked in (["run"], ["diff"]):
        said = command(project, *asked)
        assert (said.code, said.out) == (Exit.NEWER, "")
        assert "was written by a newer segtool" in said.err
        assert said.err.endswith("; update segtool\n")
    assert not (project / "output/run.json").exists()


@pytest.mark.parametrize("name", [".segtool", "output"])
def test_a_file_where_a_folder_should_be(name: str, project: Path, files: Files) -> None:
    files({name: "mine\n"})
    said = command(project, "run")
    assert (said.code, said.out) == (Exit.STATE, "")
    assert re.fullmatch(rf"segtool: .*{re.escape(name)}.*\n", said.err)
    assert (project / name).read_text(encoding="utf-8") == "mine\n"


def test_damage_is_said_and_kept(project: Path) -> None:
    segtool.run(segtool.load(project / "segments.yaml"))
    (project / ".segtool/CURRENT").write_text("nonsense\n", encoding="utf-8")
    said = command(project, "run")
    assert (said.code, said.out) == (Exit.STATE, "")
    assert "CURRENT is damaged; nothing was changed" in said.err


CALL = """\
import os, signal
import segtool.cli
def load(file):
    {}
segtool.load = load
segtool.cli.main()
"""


def instead(doing: str) -> tuple[str, str]:
    """Python that runs the command line, with `doing` in place of loading the configuration."""
    return "-c", CALL.format(doing)


def test_a_bug_is_said_in_one_line(project: Path) -> None:
    said = command(project, "run", python=instead("raise ZeroDivisionError('private')"))
    told = r"segtool: a bug in segtool \(ZeroDivisionError.*\); .*SEGTOOL_DEBUG=1.*\n"
    assert (said.code, said.out) == (Exit.BUG, "")
    assert re.fullmatch(told, said.err)
    assert "private" not in said.err, "an error may hold data"
    said = command(project, "run", python=instead("raise ZeroDivisionError('private')"), SEGTOOL_DEBUG="1")
    assert said.code == Exit.BUG
    assert "Traceback" in said.err


@pytest.mark.parametrize(("name", "code"), [("SIGINT", Exit.INTERRUPTED), ("SIGTERM", Exit.TERMINATED)])
def test_a_run_that_is_stopped(name: str, code: Exit, project: Path) -> None:
    said = command(project, "run", python=instead(f"os.kill(os.getpid(), signal.{name})"))
    assert said == Said(code, "", "segtool: interrupted; the last committed run is as it was\n")


def test_a_disk_that_is_full(project: Path) -> None:
    said = command(project, "run", python=instead("raise OSError(28, 'No space left on device', 'somewhere')"))
    assert said == Said(Exit.STATE, "", "segtool: somewhere: No space left on device\n")


# --- streams -------------------------------------------------------------------------------------------------------


def into_a_closed_pipe(folder: Path, *arguments: str) -> Said:
    """Runs a command whose reader is gone already, as `| head` is after its last line."""
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "segtool", *arguments]
    done = subprocess.run(line, cwd=folder, env=environment(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    return Said(done.returncode, "", done.stderr.decode())


def test_a_closed_pipe_is_no_mistake(history: Path) -> None:
    assert into_a_closed_pipe(history, "schema") == Said(Exit.DONE, "", "")
    assert into_a_closed_pipe(history, "diff", "--exit-code") == Said(Exit.DIFFERENT, "", "")


def test_a_stream_of_few_letters(files: Files) -> None:
    """What a stream cannot hold is spelled out; it stops no run."""
    folder = files({"segments.yaml": "сегменты: 1\n"})
    said = command(folder, "check", "--format", "concise", PYTHONIOENCODING="ascii")
    assert said.code == Exit.CONFIG
    assert r"\u0441\u0435\u0433" in said.out


def test_help_names_every_command(project: Path) -> None:
    said = command(project, "--help")
    assert (said.code, said.err) == (Exit.DONE, "")
    for name in ("run", "check", "diff", "schema"):
        assert re.search(rf"^  {name}  ", said.out, re.MULTILINE), name
    assert command(project, "--version") == Said(Exit.DONE, f"segtool {__version__}\n", "")


# --- on a terminal -------------------------------------------------------------------------------------------------

HOSTILE = {
    **PROJECT,
    "segments.yaml": SEGMENTS.replace("New Jersey", '"\\e[31mNew [bold]Jersey\\e]0;title\\a"'),
    "contacts.csv": CONTACTS.replace("bob@x.org", "bob\x1b[31m[red]@x.org"),
}


def test_run_on_a_terminal(files: Files) -> None:
    folder = files(HOSTILE)
    code, shown = on_a_terminal(folder, "run")
    screen = plain(shown)
    assert code == Exit.DONE
    assert "Run 1 · as of 2026-06-01 00:00 UTC · first run, so everyone entered" in screen
    assert re.search(r"^Source +Read +Kept +Duplicates +Rejected +Strangers *$", screen, re.MULTILINE)
    assert re.search(r"^contacts +4 +3 +1 +0 +0 *$", screen, re.MULTILINE)
    assert re.search(r"^activity +4 +3 +0 +1 +1 *$", screen, re.MULTILINE)
    assert re.search(r"^Segment +Members +Entered +Left +Change *$", screen, re.MULTILINE)
    assert re.search(r"^nj +�\[31mNew \[bold\]Jersey�\]0;title� +2 +2 +0 +\+2 *$", screen, re.MULTILINE)
    assert "output/rejects.csv" in screen
    assert re.search(r"^Wrote \d+ files to output/ in \d+\.\d s\.$", screen, re.MULTILINE)
    assert re.search(r"^Next: .*segtool diff --members", screen, re.MULTILINE)
    assert "\x1b[31mNew" not in shown
    assert "\x07" not in shown


def test_diff_on_a_terminal(files: Files) -> None:
    folder = files(HOSTILE)
    config = segtool.load(folder / "segments.yaml")
    segtool.run(config)
    files({"contacts.csv": MOVED})
    segtool.run(config)
    code, shown = on_a_terminal(folder, "diff", "--members")
    screen = plain(shown)
    assert code == Exit.DONE
    assert "Run 1 (2026-06-01 00:00) → run 2 (2026-06-01 00:00)" in screen
    assert re.search(r"^Segment +Before +Now +Entered +Left +Change *$", screen, re.MULTILINE)
    assert re.search(r"^nj +2 +2 +1 +1 +0 *$", screen, re.MULTILINE)
    assert "\n  + dee@x.org  " in screen
    assert "\n  − bob�[31m[red]@x.org  " in screen
    assert "bob\x1b" not in shown
    assert colours(shown) != []
    piped = command(folder, "diff", "--members").out
    assert "bob�[31m[red]@x.org" in piped


def test_colour_can_be_refused(history: Path) -> None:
    code, shown = on_a_terminal(history, "diff", "--members", NO_COLOR="1")
    assert code == Exit.DONE
    assert colours(shown) == []


def test_a_dry_run_on_a_terminal(history: Path) -> None:
    before = tree(history)
    code, shown = on_a_terminal(history, "run", "--dry-run")
    assert code == Exit.DONE
    assert "Dry run (nothing is written)" in plain(shown)
    assert "Nothing was written. Next: segtool run\n" in plain(shown)
    assert tree(history) == before


def test_numbers_are_whole_in_a_narrow_terminal() -> None:
    """The texts give way; a number without its last digits is another number."""
    long_name = "everyone_who_ever_did_anything_at_all"
    shown = io.StringIO()
    Console(file=shown, width=72).print(tables.differences([(long_name, 1234567, 1234568, 10001, 10000, "")]))
    line = shown.getvalue().splitlines()[1]
    assert line.split()[1:] == ["1,234,567", "1,234,568", "10,001", "10,000", "+1"]
    assert line.startswith("everyone")
