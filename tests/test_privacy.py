"""What is kept is for its owner alone, and nothing that is said tells of anyone who was not asked about."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

WHO = "canary.planted@nowhere.example"
RULES = {
    "version": 1,
    "timezone": "Europe/Riga",
    "sources": {
        "contacts": {"files": "contacts.csv", "id": "email", "types": {"born": "date", "points": "integer"}},
        "clicks": {"files": "clicks.csv", "contact": "who", "time": "at", "event": "what"},
    },
    "segments": {
        "all": {"where": "everyone"},
        "friends": {"where": {"field": "friend", "is_set": True}, "add": "always.csv"},
        "clicked": {"where": {"did": "any", "in_last": "30 days"}, "top": {"count": 1, "by": "points"}},
    },
    "output": {"formats": ["csv", "xlsx"]},
}
CONTACTS = (
    "email,name,points,friend,born\n"
    f"{WHO},{WHO},{WHO},{WHO},{WHO}\n"
    f"ana@x.lv,Ana,3,{WHO},1990-01-01\n"
    f"bo@x.lv,{WHO},8,,31.02.1990\n"
    f"=cmd|{WHO},x,1,,\n"
)
CLICKS = f"who,at,what\n{WHO},{WHO},click\nana@x.lv,2026-02-27,{WHO}\nstranger-{WHO},2026-02-27,click\n{WHO},,\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Her address in every place of every export."""
    folder = tmp_path / "project"
    folder.mkdir()
    files = {"contacts.csv": CONTACTS, "clicks.csv": CLICKS, "always.csv": f"id\n{WHO}\nstranger-{WHO}\n"}
    for name, text in {**files, "segments.yaml": json.dumps(RULES)}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def said(project: Path, *words: str, code: str = "pass", **env: str) -> tuple[int, str]:
    """The exit code of a command, and all that it said; `code` runs in its process before it."""
    program = f"import sys; sys.argv[0] = 'segtool'; {code}; from segtool.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )
    return done.returncode, done.stdout + done.stderr


COMMANDS: Mapping[tuple[str, ...], int] = {
    ("check",): 0,
    ("run", "--as-of", "2026-03-01", "--json"): 0,
    ("run", "--as-of", "2026-03-02"): 0,
    ("run", "--dry-run"): 0,
    ("run", "--only", "all", "--as-of", "2026-03-01"): 0,
    ("diff",): 0,
    ("diff", "7"): 2,
    ("diff", "1", "latest", "--format", "json"): 0,
    ("history",): 0,
    ("verify",): 0,
    ("verify", "--json"): 0,
    ("prune", "--keep-last", "2"): 0,
    ("prune",): 2,
    ("forget", WHO, "--dry-run"): 0,
    ("forget", WHO, "--json"): 0,
    ("forget", WHO): 0,
    ("verify", "--repair"): 0,
    ("run",): 0,
    ("run", "--only", "nobody"): 2,
}


def test_no_command_tells_of_her(project: Path) -> None:
    """Neither do those that ask for no members, nor the one that was told whom to forget."""
    for words, expected in COMMANDS.items():
        code, text = said(project, *words)
        assert (words, code) == (words, expected), text
        assert "canary" not in text.lower(), (words, text)


SPOILT = {
    "ragged": CONTACTS + f"{WHO},{WHO},1,2,3,4,5,{WHO}\n",
    "an open quote": CONTACTS + f'"{WHO},{WHO}\n',
    "no table": f"<html>{WHO}</html>",
    "another header": f"{WHO},x\n{WHO},1\n",
    "twice": CONTACTS + f"{WHO},x,1,,\n",
    "ambiguous": f"email,name,points,friend,born\n{WHO},{WHO},1,{WHO},03/04/2026\n",
    "shrunk": "email,name,points,friend,born\n",
}


@pytest.mark.parametrize("name", SPOILT)
def test_no_mistake_tells_of_her(project: Path, name: str) -> None:
    """Exports that cannot be used, or only in part."""
    if name == "shrunk":
        assert said(project, "run")[0] == 0
    rules = json.loads(json.dumps(RULES))
    rules["sources"]["contacts"]["duplicates"] = "error" if name == "twice" else "last"
    (project / "segments.yaml").write_text(json.dumps(rules))
    (project / "contacts.csv").write_text(SPOILT[name], encoding="utf-8")
    for words in (("check",), ("run",)):
        code, text = said(project, *words)
        assert code in (0, 2, 3, 4), text
        assert name == "another header" or "canary" not in text.lower(), text


@pytest.mark.parametrize("debug", ["", "1"])
def test_no_bug_tells_of_her(project: Path, debug: str) -> None:
    """The text of an error may quote the data it met: it is never shown, nor are the values of variables."""
    bug = (
        "import polars, segtool.api\n"
        "def run(*_, **__):\n"
        f"    who = '{WHO}'[:]\n"
        "    try: polars.Series([who]).cast(polars.Int64)\n"
        "    except Exception as error: raise ValueError(who) from error\n"
        "segtool.api.run = run\n"
    )
    code, text = said(project, "run", code=f"exec({bug!r})", SEGTOOL_DEBUG=debug)
    assert code == 70
    assert "canary" not in text.lower(), text
    assert ("Traceback" in text) == bool(debug)


def test_all_is_for_the_owner_alone(project: Path) -> None:
    """State and outputs, under any umask, at every moment: what is made is made private."""
    before = os.umask(0)
    try:
        assert said(project, "run", "--as-of", "2026-03-01")[0] == 0
        assert said(project, "run", "--as-of", "2026-03-02")[0] == 0
        assert said(project, "run", "--as-of", "2026-03-03")[0] == 0
        assert said(project, "prune", "--keep-last", "2")[0] == 0
        assert said(project, "forget", WHO)[0] == 0
    finally:
        os.umask(before)
    for folder in (project / ".segtool", project / "output"):
        for path in (folder, *folder.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_no_name_of_a_file_is_a_person(project: Path) -> None:
    assert said(project, "run")[0] == 0
    names = [path.name for folder in (".segtool", "output") for path in (project / folder).rglob("*")]
    assert not any("canary" in name for name in names)
