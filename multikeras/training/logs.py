"""Logs: the results of a step, which stay on the device until somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


class Logs(Mapping[str, float]):
    """A read-only mapping of names to floats, fetched from the device at the first look.

    Args:
        model: The model, whose metrics are asked where the step returned no logs of its own.
        results: What the step returned: scalar tensors by name, or `None`. In the place of one there may be a dict, as
            the results of all compiled metrics are.
    """

    def __init__(self, model: Any, results: Any) -> None:
        self._model = model
        self._results = results
        self._values: dict[str, float] | None = None

    def as_floats(self) -> dict[str, float]:
        """The values, as a dict of its own."""
        if self._values is None:
            results = self._model.get_metrics_result() if self._results is None else self._results
            self._values = dict(_flat(results))
        return dict(self._values)

    def __getitem__(self, name: str) -> float:
        if self._values is None:
            self.as_floats()
        assert self._values is not None
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_floats())

    def __len__(self) -> int:
        return len(self.as_floats())

    def copy(self) -> dict[str, float]:
        """The values, as a dict of its own."""
        return self.as_floats()

    def __repr__(self) -> str:
        return f"Logs({self.as_floats()})"


def _flat(results: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in results.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, _as_float(value)


def _as_float(value: Any) -> Any:
    from multikeras import ops

    array = value if isinstance(value, (int, float)) else ops.convert_to_numpy(value)
    return float(array) if np.ndim(array) == 0 else np.asarray(array)
