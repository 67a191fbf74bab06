"""Rows of two contestants' times, and how they are printed."""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import Any

from rich.console import Console
from rich.table import Table

UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "MB": 1e-6, "waits": 1.0}


@dataclasses.dataclass
class Row:
    """Two contestants' times for one thing, in seconds.

    Args:
        what: What was timed.
        backend: The framework.
        ours: Times of multikeras.
        peer: The name of the other.
        theirs: Times of the other, from rounds between ours.
        unit: The unit to print.
        most_ratio: The target for ours / theirs.
        most_difference: The target for ours - theirs, in seconds.
        most: The target for ours, in seconds.
    """

    what: str
    backend: str
    ours: list[float]
    peer: str
    theirs: list[float]
    unit: str
    most_ratio: float | None = None
    most_difference: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float:
        """The median of what each round of ours took over the round of theirs beside it.

        A processor that changes its clock between rounds moves both, where it can part the medians of each alone.
        """
        return statistics.median(a / b for a, b in zip(self.ours, self.theirs))

    @property
    def difference(self) -> float:
        """The median of what each round of ours took beyond the round of theirs beside it."""
        return statistics.median(a - b for a, b in zip(self.ours, self.theirs))

    @property
    def met(self) -> bool | None:
        """Whether the target is met; `None` where there is none."""
        if self.most is not None:
            return statistics.median(self.ours) <= self.most
        if self.most_ratio is not None:
            return self.ratio <= self.most_ratio
        return None if self.most_difference is None else self.difference <= self.most_difference

    def as_dict(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "ratio": self.ratio, "difference": self.difference, "met": self.met}


HEADERS = ("what", "backend", "multikeras", "peer", "its time", "ratio", "difference", "target", "met")
_WORDS = {"what", "backend", "peer"}


def show(title: str, rows: list[Row]) -> None:
    """Print a table."""
    table = Table(title=title)
    for header in HEADERS:
        table.add_column(header, justify="left" if header in _WORDS else "right")
    for row in rows:
        table.add_row(*_cells(row))
    Console(width=150).print(table)


def as_markdown(title: str, rows: list[Row]) -> str:
    """The same table in Markdown."""
    lines = [HEADERS, tuple("---" if header in _WORDS else "---:" for header in HEADERS), *map(_cells, rows)]
    return "\n".join([f"## {title}", "", *(f"| {' | '.join(cells)} |" for cells in lines), ""])


def as_matrix(title: str, rows: list[Row]) -> str:
    """A line for each thing and a column for each backend: the ratio, and the time of ours."""
    backends = list(dict.fromkeys(row.backend for row in rows))
    by_place = {(row.what, row.backend): row for row in rows}
    lines = [("what", *backends), ("---", *("---:" for _ in backends))]
    for what in sorted({row.what for row in rows}):
        cells = []
        for backend in backends:
            row = by_place.get((what, backend))
            time = "" if row is None else f"{statistics.median(row.ours) * UNITS[row.unit]:.2f} {row.unit}"
            ratio = "" if row is None else f"**{row.ratio:.2f}**" if row.met is False else f"{row.ratio:.2f}"
            cells.append(f"{ratio} ({time})" if row is not None else "")
        lines.append((what, *cells))
    return "\n".join([f"## {title}", "", *(f"| {' | '.join(cells)} |" for cells in lines), ""])


def _cells(row: Row) -> tuple[str, ...]:
    target = ""
    if row.most_ratio is not None:
        target = f"<= {row.most_ratio:g} x"
    elif row.most is not None:
        target = f"<= {row.most * UNITS[row.unit]:g} {row.unit}"
    elif row.most_difference is not None:
        target = f"<= +{row.most_difference * UNITS[row.unit]:g} {row.unit}"
    return (
        row.what,
        row.backend,
        _with_spread(row.ours, row.unit),
        row.peer,
        _with_spread(row.theirs, row.unit),
        f"{row.ratio:.2f}",
        f"{'-' if row.difference < 0 else '+'}{_digits(row.difference * UNITS[row.unit])} {row.unit}",
        target,
        {True: "yes", False: "NO", None: ""}[row.met],
    )


def _with_spread(times: list[float], unit: str) -> str:
    scaled = sorted(t * UNITS[unit] for t in times)
    low, middle, high = statistics.quantiles(scaled, n=4) if len(scaled) > 1 else scaled * 3
    return f"{_digits(middle)} {unit} ({_digits(low)}-{_digits(high)})"


def _digits(number: float) -> str:
    """The amount of a number, to three digits."""
    amount = abs(number)
    if not amount:
        return "0"
    return f"{amount:.{max(0, 2 - math.floor(math.log10(amount)))}f}"
