"""Progbar: a progress bar on the terminal, drawn by rich."""

from __future__ import annotations

import time
from typing import Any

from multikeras.errors import ArgumentError


class Progbar:
    """A progress bar.

    Args:
        target: The number of steps, `None` where it is unknown.
        width: The bar's width, in characters.
        verbose: 0 shows nothing, 1 a bar, 2 a line at the end.
        interval: The least time between two drawings, in seconds.
        stateful_metrics: Names of values that are shown as they are; others as means over steps.
        stateless_metrics: Names of values that are shown as means, all others being shown as they are.
        unit_name: What a step is called.

    ```python
    >>> bar = Progbar(target=2, verbose=0)
    >>> bar.update(1, values=[("loss", 0.5)])

    ```
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Any = None,
        stateless_metrics: Any = None,
        unit_name: str = "step",
    ) -> None:
        if verbose not in (0, 1, 2):
            raise ArgumentError("`verbose` is 0, 1 or 2.", received=repr(verbose))
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self.unit_name = unit_name
        self.seen = 0
        self._start = time.perf_counter()
        self._drawn = self._start
        self._sums: dict[str, tuple[float, int]] = {}
        self._bar: Any = None
        self._task: Any = None

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Set the number of steps done.

        Args:
            current: The number.
            values: Pairs of a name and a value.
            finalize: Whether this is the end; by default, when the target is reached.
        """
        gained = max(current - self.seen, 1)
        for name, value in values or ():
            means = (
                name not in self.stateful_metrics if self.stateless_metrics is None else name in self.stateless_metrics
            )
            if not means:
                self._sums[name] = (float(value), 1)
            else:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + float(value) * gained, count + gained)
        logs = {name: total / count for name, (total, count) in self._sums.items()}
        done = self.target is not None and current >= self.target if finalize is None else finalize
        self.step(current, logs)
        if done:
            self.finish(logs)

    def add(self, n: int, values: Any = None) -> None:
        """Add to the number of steps done."""
        self.update(self.seen + n, values)

    def step(self, current: int, logs: Any) -> None:
        """Set the number of steps done; the logs are looked at only when the bar is drawn."""
        self.seen = current
        if self.verbose != 1:
            return
        now = time.perf_counter()
        if now - self._drawn >= self.interval:
            self._drawn = now
            self._draw(logs)

    def _draw(self, logs: Any) -> None:
        if self._bar is None:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._bar = Progress(
                MofNCompleteColumn(), BarColumn(self.width), TextColumn("{task.description}"), auto_refresh=False
            )
            self._task = self._bar.add_task("", total=self.target)
            self._bar.start()
        self._bar.update(self._task, completed=self.seen, description=self._text(logs))
        self._bar.refresh()

    def _text(self, logs: Any) -> str:
        spent = time.perf_counter() - self._start
        each = spent / max(self.seen, 1)
        shown = [f"{spent:.0f}s {each * 1e3:.0f}ms/{self.unit_name}"]
        for name, value in dict(logs or {}).items():
            shown.append(f"{name}: {value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{name}: {value:.4e}")
        return " - ".join(shown)

    def finish(self, logs: Any) -> None:
        """Draw the last state and leave it there."""
        if self.verbose == 2 or (self.verbose == 1 and self._bar is None):
            print(f"{self.seen}/{self.target or self.seen} - {self._text(logs)}")
        elif self._bar is not None:
            if self.target is None:
                self._bar.update(self._task, total=self.seen)
            self._draw(logs)
            self._bar.stop()
            self._bar = None
