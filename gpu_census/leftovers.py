"""What killed processes leave behind: temporary files named `.<name>.<process>.<tmp or old>`."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

TEMPORARY = re.compile(r"^\..+\.(?P<process>\d+)\.(tmp|old)(\.wal)?$")


def is_alive(process: int) -> bool:
    """Whether a process of that number exists; somebody else's counts."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def remove_leftovers(folder: Path) -> None:
    """Delete what dead processes left directly in `folder`, and what this one has left half done."""
    for path in folder.iterdir() if folder.is_dir() else ():
        match = TEMPORARY.match(path.name)
        if not match or (int(match["process"]) != os.getpid() and is_alive(int(match["process"]))):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
