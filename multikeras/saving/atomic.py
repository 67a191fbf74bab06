"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def atomic_path(target: str | os.PathLike) -> Iterator[pathlib.Path]:
    """A path beside `target` to write to; what lies there takes the target's place when the block ends without an
    error.

    An error, or the end of the process, leaves the target as it was.

    Args:
        target: A file or a folder.
    """
    target = pathlib.Path(target)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        path = folder / target.name
        yield path
        if target.is_dir() and path.is_dir():
            # A folder cannot replace one that has content: move the old one aside first.
            target.rename(folder / "old")
        path.replace(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
