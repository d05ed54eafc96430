"""What a run remembers of itself: one small JSON file, written when everything it names exists.

It begins with the checksum of its own content, so that damage is found in old runs too, whom CURRENT no longer names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from typing import Any

from segtool.config.frozen import dataclass
from segtool.sources.files import FileRecord
from segtool.store.errors import NewerStateError

FORMAT = 5
"""Of the files of a run. Those of formats 1 to 4 are read as well: see `earlier`."""


@dataclass(frozen=True)
class SegmentRecord:
    """A list as the run left it: its kind, the hash of its definition (a static one's when filled), its numbers.

    `carried` says that the run was not about it: all else is as an earlier run left it. `made` is the run that last
    filled it: an earlier one where it is carried or held, and 0 where a run of an earlier version did not say.
    """

    definition: str
    members: int
    entered: int
    left: int
    label: str | None = None
    held: bool = False
    listed: bool = True
    kind: str = "dynamic"
    note: str = ""
    carried: bool = False
    made: int = 0


@dataclass(frozen=True)
class Manifest:
    """One committed run. `files` and `outputs` map snapshot files and published files to their fingerprints.

    `output_folder` is relative to the state folder, so that both can be moved together. A field that is added later
    has a default, which stands for it in the runs of before. `forgotten` tells how many people were taken out of the
    run on which day, and not whom.
    """

    serial: int
    as_of: str
    timezone: str
    tool: str
    parent: str | None = None
    format: int = FORMAT
    sources: Mapping[str, Any] = field(default_factory=dict)
    segments: Mapping[str, SegmentRecord] = field(default_factory=dict)
    guards: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    output_folder: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    forgotten: Mapping[str, int] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        return _sealed(asdict(self))

    @classmethod
    def from_bytes(cls, content: bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError for what is no manifest or not all of it, and NewerStateError."""
        data = json.loads(content)
        del data["checksum"]
        if _sealed(data) != content:
            raise ValueError("the content does not fit its checksum")
        known = {known.name for known in fields(cls)}
        if data["format"] > FORMAT or not data.keys() <= known:
            raise NewerStateError(f"run {data['serial']} was written by a newer segtool; update segtool")
        data["segments"] = {name: SegmentRecord(**record) for name, record in data["segments"].items()}
        for key in ("guards", "accepted"):
            data[key] = tuple(data.get(key, ()))
        return cls(**data)

    @property
    def made(self) -> dict[str, int]:
        """The serial of the run that last filled each list."""
        return {name: record.made or self.serial for name, record in self.segments.items()}

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        compact = "".join(letter for letter in self.as_of if letter.isalnum())
        return f"{self.serial:06d}-{compact}"

    def exports(self) -> dict[str, tuple[FileRecord, ...]]:
        """The files of every source, as they were read."""
        return {name: tuple(map(_record, source["files"])) for name, source in self.sources.items()}


def _sealed(data: Mapping[str, Any]) -> bytes:
    """The one spelling of `data`, headed by its checksum."""
    sealed = {"checksum": checksum(json.dumps(data).encode()), **data}
    return (json.dumps(sealed, indent=1, ensure_ascii=False) + "\n").encode()


def _record(file: Mapping[str, Any]) -> FileRecord:
    """A file as a run remembers it; until format 4 its fingerprint had the name of what it was."""
    return FileRecord(**{"fingerprint" if name == "sha256" else name: value for name, value in file.items()})


def checksum(content: bytes) -> str:
    """That of what names and seals everything else, in all formats: SHA-256."""
    return hashlib.sha256(content).hexdigest()
