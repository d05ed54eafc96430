"""One writer at a time: a lock of the kernel's, which a dead holder cannot keep.

Who holds it is written beside the lock, for people to read; it decides nothing.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from segtool.store import durable
from segtool.store.errors import LockedError

_PATIENCE = 20


@contextmanager
def held(folder: Path, wait: float) -> Iterator[None]:
    """Holds the lock of a state folder. Raises LockedError when another run still has it after `wait` seconds."""
    lock = FileLock(folder / "lock", timeout=wait, mode=durable.FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(_in_words(folder / "holder.json")) from None
    holder = folder / "holder.json"
    try:
        durable.replace(holder, _me())
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _me() -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now}).encode()


def _in_words(path: Path) -> str:
    who = _holder(path)
    for _ in range(_PATIENCE):
        if who is not None:
            break
        time.sleep(0.01)  # whoever has just got the lock is about to write down who it is
        who = _holder(path)
    known = who or "another process"
    return f"another run is under way ({known}); try again when it is done, or wait for it with --wait 10m"


def _holder(path: Path) -> str | None:
    """Who holds the lock, where that is written and may be true: not one of this machine that has ended."""
    try:
        known = json.loads(path.read_bytes())
        since = datetime.fromisoformat(known["since"]).astimezone(UTC)
        who = f"process {known['pid']} on {known['host']}, since {since:%Y-%m-%d %H:%M} UTC"
        return who if known["host"] != socket.gethostname() or _alive(int(known["pid"])) else None
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _alive(process: int) -> bool:
    if os.name == "nt":  # pragma: no cover - asking would end it there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # someone else's
        return True
    return True
