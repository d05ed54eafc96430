"""`segtool forget`: somebody is out of everything that is kept and published, and nobody is told that they left."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from projects import tree

import segtool
from segtool.api import Forgetting
from segtool.cli.exits import Exit
from segtool.config.problems import ConfigError
from segtool.sources import traces
from segtool.sources.people import People
from segtool.store import erasure, rewriting
from segtool.store.errors import NoRunError, StateError
from segtool.store.manifest import FORMAT
from segtool.store.snapshots import Run, Snapshots

WHO = "zoe.planted+x@nowhere.example"
OTHER = "ana@x.lv"
HEADER = "email,name,city,points,friend,born\n"
PEOPLE = {
    OTHER: "Ana,Riga,3,bo@x.lv,1990-01-01",
    "bo@x.lv": f"Bo,Riga,8,{WHO},1990-01-01",
    WHO: "Zoe Planted,Riga,9,,31.02.1990",
    "cy@x.lv": "Cy,Cesis,9,,1990-01-01",
    f"not-{WHO}": "Not Zoe,Riga,9,,1990-01-01",
}
SETTINGS = {
    "version": 1,
    "sources": {
        "contacts": {"files": "contacts.csv", "id": "email", "types": {"born": "date"}},
        "clicks": {"files": "clicks.csv", "contact": "email", "time": "at", "event_name": "click"},
    },
    "segments": {
        "riga": {"where": {"field": "city", "is": "Riga"}},
        "friends": {"where": {"field": "friend", "is_set": True}, "kind": "static"},
        "names": {"where": {"field": "city", "is": "Riga"}, "columns": ["name"], "kind": "semi_dynamic"},
        "cesis": {"where": {"field": "city", "is": "Cesis"}, "columns": ["name"]},
        "clicked": {"where": {"did": "click", "in_last": "30 days"}, "columns": ["email", "friend"]},
        "hidden": {"where": {"field": "points", "above": 1}, "list": False},
    },
    "suppress": ["cesis"],
    "output": {"formats": ["csv", "xlsx"]},
}


class World:
    """Exports that hold somebody, in a folder of their own; settings may be changed before a run."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.settings: dict[str, Any] = json.loads(json.dumps(SETTINGS))
        self.people = dict(PEOPLE)

    @property
    def state(self) -> Path:
        return self.folder / ".segtool"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def config(self) -> Any:
        (self.folder / "segments.yaml").write_text(json.dumps(self.settings), encoding="utf-8")
        return segtool.load(self.folder / "segments.yaml")

    def run(self, day: int, without: str = "") -> Any:
        rows = [f"{who},{rest}\n" for who, rest in self.people.items() if who != without]
        (self.folder / "contacts.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
        clicks = "".join(f"{who},2026-02-27\n" for who in self.people if who != without)
        (self.folder / "clicks.csv").write_text("email,at\n" + clicks, encoding="utf-8")
        return segtool.run(self.config(), as_of=f"2026-03-{day:02}")

    def forget(self, *ids: str, **options: Any) -> Forgetting:
        return segtool.forget(self.config(), ids, **options)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three runs; in the last one somebody has moved to Riga."""
    world = World(tmp_path_factory.mktemp("lived") / "world")
    world.people["cy@x.lv"] = "Cy,Cesis,9,,1990-01-01"
    world.run(1)
    world.run(2)
    world.people["cy@x.lv"] = "Cy,Riga,9,,1990-01-01"
    world.run(3)
    return world.folder


@pytest.fixture
def world(lived: Path, tmp_path: Path) -> World:
    """Three runs, in a folder of its own."""
    shutil.copytree(lived, tmp_path / "world")
    world = World(tmp_path / "world")
    world.people["cy@x.lv"] = "Cy,Riga,9,,1990-01-01"
    return world


def shown(path: Path, world: World) -> str:
    return path.relative_to(world.folder).as_posix()


def written(content: bytes) -> Iterator[bytes]:
    """A file as it lies there, and whatever can be decoded of it."""
    yield content
    if content[:4] in (b"PAR1", b"ARRO"):
        table = (pl.read_parquet if content[:4] == b"PAR1" else pl.read_ipc)(io.BytesIO(content))
        yield table.select(pl.all().cast(pl.String, strict=False)).write_csv().encode() if table.width else b""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def holding(folder: Path, who: str) -> list[str]:
    """Every file below a folder that has these letters anywhere: looked for without the help of the program."""
    needles = [who.encode(), who.encode("utf-16-le"), who.encode("utf-16-be")]
    return [
        name
        for name, content in tree(folder).items()
        if any(needle in part.lower() for part in written(content) for needle in needles)
    ]


def ours(world: World) -> list[str]:
    found = dict.fromkeys(holding(world.folder, f"not-{WHO}"), f"not-{WHO}")
    left = []
    for name in holding(world.folder, WHO):
        content = (world.folder / name).read_bytes()
        parts = b"".join(part.lower() for part in written(content))
        if name not in found or parts.replace(f"not-{WHO}".encode(), b"").count(WHO.encode()):
            left.append(name)
    return [name for name in left if name.startswith((".segtool/", "output/"))]


# --- nothing of her is left ---------------------------------------------------------------------------------------


def test_nothing_is_left(world: World) -> None:
    """Planted everywhere; found nowhere afterwards, by a search that knows nothing of the program."""
    assert {name.split("/")[0] for name in ours(world)} == {".segtool", "output"}
    done = world.forget(f"  {WHO.upper()} ")
    assert ours(world) == []
    assert (done.asked, done.found, done.runs, done.left) == (1, 1, (1, 2, 3), ())
    assert [shown(path, world) for path in done.elsewhere] == ["clicks.csv", "contacts.csv"]
    assert done.searched == len(tree(world.state)) - 1 + len(tree(world.output))
    assert segtool.verify(world.config()).found.findings == ()


def test_others_stay_as_they_were(world: World) -> None:
    """Their rows byte for byte, an address that hers is a part of among them; but nobody's row speaks of her."""
    before = tree(world.output)
    world.forget(WHO)
    after = tree(world.output)
    lines = before["lists/riga.csv"].decode().splitlines(keepends=True)
    expected = [line for line in lines if not line.startswith(WHO)]
    assert after["lists/riga.csv"].decode() == "".join(expected).replace(WHO, "", 1)
    assert f"not-{WHO}" in after["lists/riga.csv"].decode()
    assert {name for name in before if name not in after} >= {"lists/names.csv", "rejects.csv", "segments.xlsx"}
    assert after["lists/cesis.csv"] == before["lists/cesis.csv"]
    for name in ("changes/riga.csv", "changes/friends.csv"):
        assert after[name] == before[name]


def test_nobody_is_told_that_she_left(world: World) -> None:
    """Not between the runs that were, nor by the next one."""
    config = world.config()
    world.forget(WHO)
    for old, new in (("1", "2"), ("1", "3"), ("2", "3")):
        found = segtool.diff(config, old, new)
        for change in found.changes.values():
            assert WHO not in [*change.entered["§id"], *change.left["§id"]]
    result = world.run(4, without=WHO)
    for name, change in result.changes.items():
        assert (change.left.height, name) == (0, name)
        assert WHO not in change.now.ids


def test_numbers_follow(world: World) -> None:
    """Manifests, the summary and the report count those who are left."""
    before = json.loads((world.output / "run.json").read_text())
    world.forget(WHO)
    after = json.loads((world.output / "run.json").read_text())
    was = {line["segment"]: line["members"] for line in before["segments"]}
    now = {line["segment"]: line["members"] for line in after["segments"]}
    assert {name: was[name] - now[name] for name in was if was[name] != now[name]} == {
        "riga": 1,
        "names": 1,
        "clicked": 1,
        "hidden": 1,
    }
    assert set(after["files"]) == set(tree(world.output))
    summary = pl.read_csv(world.output / "summary.csv").select("segment", "members")
    assert dict(summary.iter_rows()) == now
    for run in Snapshots(world.state).committed():
        assert {name: record.members for name, record in run.manifest.segments.items()} == {
            name: roster.members.height for name, roster in run.rosters().items()
        }
    first = Snapshots(world.state).committed()[0].manifest
    assert first.segments["riga"].entered == first.segments["riga"].members


def test_that_somebody_was_forgotten_is_known(world: World) -> None:
    """How many and when."""
    world.forget(WHO)
    for run in Snapshots(world.state).committed():
        ((day, count),) = run.manifest.forgotten.items()
        assert (len(day), count) == (10, 1)
    world.forget(OTHER)
    assert list(Snapshots(world.state).committed()[0].manifest.forgotten.values()) == [2]


def test_she_comes_in_again_with_an_export(world: World) -> None:
    world.forget(WHO)
    result = world.run(4)
    assert result.changes["riga"].entered["§id"].to_list() == [WHO]
    assert WHO not in result.changes["friends"].now.ids


def test_lists_that_remember_do_not(world: World) -> None:
    """Also those who are only remembered, and on no published list."""
    world.run(4, without=WHO)
    assert any("people" in name for name in ours(world))
    world.forget(WHO)
    assert ours(world) == []


def test_a_folder_of_before(world: World) -> None:
    """What earlier runs published elsewhere is ours too."""
    world.settings["output"]["folder"] = "results"
    world.run(4)
    done = world.forget(WHO)
    assert {shown(path, world).split("/")[0] for path in (*done.rewritten, *done.removed)} == {"output", "results"}
    assert ours(world) == []
    assert holding(world.folder / "results", WHO) == holding(world.folder / "results", f"not-{WHO}")


def test_what_is_not_ours_is_named_and_left(world: World) -> None:
    (world.output / "notes.txt").write_text(f"call {WHO}")
    (world.output / "copy.csv").write_bytes(f"email\r\n{WHO.upper()}\r\n".encode("utf-16"))
    with gzip.open(world.folder / "clicks.csv.gz", "wb") as packed:
        packed.write((world.folder / "clicks.csv").read_bytes())
    (world.folder / "clicks.csv").unlink()
    world.settings["sources"]["clicks"]["files"] = "clicks.csv.gz"
    (world.folder / "never.csv").write_text(f"id\n{WHO}\n")
    world.settings["segments"]["riga"]["remove"] = "never.csv"
    before = tree(world.folder)
    done = world.forget(WHO)
    assert [shown(path, world) for path in done.elsewhere] == [
        "clicks.csv.gz",
        "contacts.csv",
        "never.csv",
        "output/copy.csv",
        "output/notes.txt",
    ]
    for path in done.elsewhere:
        assert path.read_bytes() == before[shown(path, world)]


def test_a_rule_that_names_her(world: World) -> None:
    world.settings["segments"]["riga"]["where"] = {"field": "email", "is": WHO}
    assert "segments.yaml" in [shown(path, world) for path in world.forget(WHO).elsewhere]


def test_a_list_that_people_saved_anew(world: World) -> None:
    """By a spreadsheet, with semicolons; and one that is no text at all any more."""
    text = (world.output / "lists/riga.csv").read_text().replace(",", ";").replace("\n", "\r\n")
    (world.output / "lists/riga.csv").write_text("\ufeff" + text, encoding="utf-8")
    (world.output / "lists/clicked.csv").write_bytes((world.output / "lists/clicked.csv").read_text().encode("utf-16"))
    done = world.forget(WHO)
    assert "output/lists/clicked.csv" in [shown(path, world) for path in done.removed]
    assert ours(world) == []
    assert (world.output / "lists/riga.csv").read_bytes().startswith(b"\xef\xbb\xbfemail;")


def test_runs_that_were_set_aside_go(world: World) -> None:
    """What is damaged can be neither read nor mended."""
    path = next(world.state.glob("runs/000001*/members.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StateError, match="segtool verify says"):
        world.forget(WHO)
    segtool.verify(world.config(), repair=True)
    world.forget(WHO)
    assert not (world.state / "aside").exists()
    assert ours(world) == []


def test_the_cache(world: World) -> None:
    """Whatever is kept of exports to read them faster."""
    (world.state / "cache").mkdir(exist_ok=True)
    pl.DataFrame({"email": [WHO.upper()]}).write_parquet(world.state / "cache/hers.parquet")
    pl.DataFrame({"email": [OTHER]}).write_parquet(world.state / "cache/others.parquet")
    world.forget(WHO)
    assert not (world.state / "cache/hers.parquet").exists()
    assert (world.state / "cache/others.parquet").exists()
    assert ours(world) == []


def test_what_the_cache_keeps_of_them_by_a_number(world: World) -> None:
    """Their events have no id there, only a place on the roll: without it, nobody could tell whose they are."""
    world.run(5)
    assert [path.suffix for path in (world.state / "cache").glob("*.roll")] == [".roll"]
    assert list((world.state / "cache").glob("*.rows"))
    world.forget(WHO)
    assert not list((world.state / "cache").glob("*.roll"))
    assert not list((world.state / "cache").glob("*.rows"))


# --- whom --------------------------------------------------------------------------------------------------------


def test_ids_that_are_no_addresses(tmp_path: Path) -> None:
    """Found where ids are; a 7 elsewhere is somebody's points."""
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "contacts.csv").write_text("nr,name,points\n'0007,Zoe,7\n8.0,Bo,8\nAB7,Cy,7\nab7,Dee,7\n")
    document = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "nr"}},
        "segments": {"all": {"where": "everyone"}},
    }
    config = segtool.load(document, base=folder)
    segtool.run(config, as_of="2026-03-01")
    done = segtool.forget(config, ["'0007", "8.0", "AB7"])
    assert (done.found, [path.name for path in done.elsewhere]) == (3, ["contacts.csv"])
    assert (folder / "output/lists/all.csv").read_text() == "nr,name,points\nab7,Dee,7\n"
    (run,) = Snapshots(folder / ".segtool").committed()
    assert run.rosters()["all"].ids.to_list() == ["ab7"]


def test_nobody(world: World) -> None:
    before = tree(world.folder)
    done = world.forget("nobody@nowhere.example", "x")
    assert (done.asked, done.found, done.runs, done.rewritten, done.removed) == (2, 0, (), (), ())
    assert {n: c for n, c in tree(world.folder).items() if n != ".segtool/lock"} == {
        n: c for n, c in before.items() if n != ".segtool/lock"
    }
    for nothing in ([], ["", "  "]):
        with pytest.raises(ConfigError, match="say whom to forget"):
            segtool.forget(world.config(), nothing)


def test_before_the_first_run(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with pytest.raises(NoRunError, match="there is no state"):
        world.forget(WHO)
    assert not world.state.exists()


def test_a_dry_run(world: World) -> None:
    before = tree(world.folder)
    would = world.forget(WHO, dry_run=True)
    assert tree(world.folder) == before
    done = world.forget(WHO)
    assert (would.runs, would.rewritten, would.removed) == (done.runs, done.rewritten, done.removed)


def test_it_can_be_repeated(world: World) -> None:
    world.forget(WHO)
    before = tree(world.folder)
    done = world.forget(WHO)
    assert (done.found, done.rewritten, done.removed) == (0, (), ())
    assert tree(world.folder) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ana@x.lv", True),
        ("<ANA@X.LV>", True),
        ("mailto:ana@x.lv?subject=", True),
        ("e=ana@x.lv.", True),
        ("juliana@x.lv", False),
        ("ana@x.lv.example", False),
        ("ana@x.lvx", False),
        ("+ana@x.lv", False),
        ("ana@x-lv", False),
    ],
)
def test_what_speaks_of_somebody(text: str, told: bool) -> None:
    assert People.of(["Ana@x.lv"]).in_text(text) == told


def test_every_kind_of_file_is_searched(tmp_path: Path) -> None:
    people = People.of([WHO, "o'neil&co@x.lv"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part.xml", "<t>O&apos;Neil&amp;co@x.lv</t>")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("inner.xlsx", packed.getvalue())
    told = pl.DataFrame({"other": [1], "tags": [["a", WHO]]})
    table, arrow = io.BytesIO(), io.BytesIO()
    told.write_parquet(table)
    pl.concat([told] * 100).write_ipc(arrow, compression="zstd")
    far = b"x \n" * (1 << 24)
    contents = {
        "plain": f"x;{WHO};".encode(),
        "wide": WHO.encode("utf-16"),
        "odd": b"x" + WHO.encode("utf-16-le"),
        "xlsx": packed.getvalue(),
        "zip": outer.getvalue(),
        "gz": gzip.compress(WHO.encode()),
        "parquet": table.getvalue(),
        "arrow": arrow.getvalue(),
        "over the edge": far[: (1 << 25) - 6] + b"\n" + WHO.encode() + b"\n" + far[:100],
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        assert traces.speaks_of(tmp_path / name, people), name
        assert not traces.speaks_of(tmp_path / name, People.of(["planted@nowhere.example"])), name
    for name, content in {
        "longer": far[: (1 << 25) - 6] + b"not-" + WHO.encode() + b"\n",
        "cut": packed.getvalue()[:40],
    }.items():
        (tmp_path / name).write_bytes(content)
        assert not traces.speaks_of(tmp_path / name, people), name


# --- cut off -------------------------------------------------------------------------------------------------------


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def last(world: World) -> Run:
    return Snapshots(world.state).committed()[-1]


def test_cut_off_before_it_was_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of any run has changed; the same call does it all."""
    runs = tree(world.state / "runs")
    with monkeypatch.context() as patch:
        patch.setattr("segtool.store.rewriting.finish", cut_off)
        patch.setattr("segtool.store.durable.replace", cut_off)
        with pytest.raises(KeyboardInterrupt):
            rewriting.rewrite(world.state, {"none": erasure.Held(last(world), None, People(())).rewritten("today")})
    assert tree(world.state / "runs") == runs
    assert [finding.kind for finding in segtool.verify(world.config()).found.findings] == ["note"]
    world.forget(WHO)
    assert ours(world) == []


def test_cut_off_after_it_was_ready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads a mixture; whoever writes next finishes it."""
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        patch.setattr("segtool.store.rewriting._put", cut_off)
        with pytest.raises(KeyboardInterrupt):
            world.forget(WHO)
    shutil.rmtree(world.output / ".segtool-stage", ignore_errors=True)
    with pytest.raises(StateError, match="or that was cut off; the next run, or segtool verify --repair, finishes it"):
        segtool.diff(world.config())
    assert [finding.kind for finding in segtool.verify(world.config()).found.damage] == ["damage"]
    assert segtool.verify(world.config(), repair=True).found.damage == ()
    assert ours(world) == []
    assert segtool.diff(world.config()).new == 3


# --- the command -----------------------------------------------------------------------------------------------------


def said(world: World, *arguments: str, text: str = "") -> tuple[int, str]:
    words = [sys.executable, "-m", "segtool", "forget", *arguments]
    done = subprocess.run(words, cwd=world.folder, capture_output=True, text=True, check=False, input=text)
    assert WHO not in (done.stdout + done.stderr).lower()
    return done.returncode, done.stdout


def test_the_words_of_the_command(world: World) -> None:
    code, text = said(world, WHO, "-n")
    assert code == Exit.DONE
    assert text.startswith("1 of 1 person found, in runs 1 to 3; would be taken out\n  would be rewritten: output/")
    code, text = said(world, WHO)
    lines = text.splitlines()
    assert (code, lines[0]) == (Exit.DONE, "1 of 1 person found, in runs 1 to 3; taken out")
    assert "  removed, and made again by the next run: output/segments.xlsx" in lines
    assert lines[-4].startswith("Searched ")
    assert lines[-4].endswith(" of state and output: nothing of them is left")
    assert lines[-3:] == [
        "Not changed, because these are not segtool's files; from an export they come in again:",
        "  clicks.csv",
        "  contacts.csv",
    ]
    assert said(world, WHO)[1].startswith("None of 1 person is in any run\nSearched ")


@pytest.mark.parametrize(
    "table",
    [f"{WHO}\n{OTHER}\n", f"name;E-mail;email\nx;y;{WHO.upper()}\nz;z;{OTHER}\n", f"\ufeffid\n{OTHER}\n\n{WHO}\n"],
)
def test_ids_in_a_file(world: World, table: str) -> None:
    (world.folder / "ids.csv").write_text(table, encoding="utf-8")
    code, text = said(world, "--file", "ids.csv", "--json")
    data = json.loads(text)
    assert (code, data["found"], data["runs"], data["left"]) == (Exit.DONE, 2, [1, 2, 3], [])
    assert ours(world) == []


def test_ids_from_a_pipe(world: World) -> None:
    """So that they stand in no history of a shell."""
    assert json.loads(said(world, "--file", "-", "--json", text=f"{WHO}\n")[1])["found"] == 1


def test_an_ids_file_that_cannot_be_read(world: World) -> None:
    for name in ("absent.csv", "."):
        assert said(world, "--file", name)[0] == Exit.CONFIG
    assert said(world)[0] == Exit.CONFIG
    shutil.rmtree(world.state)
    assert command_code(world) == Exit.CONFIG


def command_code(world: World) -> int:
    return said(world, WHO)[0]


def test_a_newer_state(world: World) -> None:
    (world.state / "FORMAT").write_text(f"{FORMAT + 1}\n")
    before = tree(world.folder)
    for options in ((), ("--dry-run",)):
        assert said(world, WHO, *options)[0] == Exit.NEWER
    assert tree(world.folder) == before
