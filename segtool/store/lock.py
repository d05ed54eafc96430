"""One writer at a time: a lock of the kernel's, which a dead holder cannot keep.

Who holds it is written beside the lock, for people to read; it decides nothing.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from segtool.store import durable
from segtool.store.errors import LockedError


@contextmanager
def held(folder: Path, wait: float) -> Iterator[None]:
    """Holds the lock of a state folder. Raises LockedError when another run still has it after `wait` seconds."""
    lock = FileLock(folder / "lock", timeout=wait, mode=durable.FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(_holder(folder / "holder.json")) from None
    try:
        durable.write(folder / "holder.json", _me())
        yield
    finally:
        lock.release()


def _me() -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now}).encode()


def _holder(path: Path) -> str:
    try:
        known = json.loads(path.read_bytes())
        who = f"process {known['pid']} on {known['host']}, since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another process"
    return f"another run is under way ({who}); try again when it is done, or wait for it with --wait 10m"
