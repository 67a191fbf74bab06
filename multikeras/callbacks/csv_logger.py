"""CSVLogger: the logs of each epoch in a table."""

from __future__ import annotations

import csv
import os
import pathlib
from collections.abc import Iterable
from typing import Any

from multikeras.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes the logs of each epoch into a file, a line for each epoch, a column for each log.

    The columns are those of the first epoch, in the order of their names, and those of its validation. A value that is
    missing later is `NA`.

    Args:
        filename: The file.
        separator: What stands between the values of a line.
        append: Whether lines are added to a file that is there.

    ```python
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "logs.csv"
    >>> logger = CSVLogger(path)
    >>> logger.on_train_begin()
    >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 1.0})
    >>> path.read_text().splitlines()
    ['epoch,loss,val_loss', '0,0.5,1.0']

    ```
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Begin a table, unless one is added to."""
        self.keys = None
        if not self.append:
            pathlib.Path(self.filename).write_text("", encoding="utf-8")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a line. The file is open for no longer than that takes."""
        logs = logs or {}
        path = pathlib.Path(self.filename)
        first = self.keys is None and not (path.exists() and path.stat().st_size)
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                # There may be a validation in a later epoch.
                self.keys += [f"val_{key}" for key in self.keys]
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *self.keys], delimiter=self.sep)
            if first:
                writer.writeheader()
            writer.writerow({"epoch": epoch, **{key: _cell(logs.get(key, "NA")) for key in self.keys}})


def _cell(value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, Iterable) or getattr(value, "ndim", None) == 0:
        return value
    return f'"[{", ".join(map(str, value))}]"'
