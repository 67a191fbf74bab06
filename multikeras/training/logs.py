"""Logs: the results of a step, which stay on the device until somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend
from multikeras.backend.spec import Spec


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
            self._values = _fetched(results, self._model._backend)
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


def _fetched(results: Mapping[str, Any], backend: Backend) -> dict[str, Any]:
    """Results on the host, flat: floats, and arrays where they are no scalars."""
    leaves = dict(_flat(results))
    tensors = {name: x for name, x in leaves.items() if isinstance(x, backend.tensors.types)}
    leaves.update(zip(tensors, _on_host(list(tensors.values()), backend), strict=True))
    return {name: _as_float(x) for name, x in leaves.items()}


def _flat(results: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in results.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, value


def _on_host(tensors: list[Any], backend: Backend) -> list[np.ndarray]:
    """The values of tensors, fetched together: the host waits for the device once, not for each of them."""
    from multikeras import ops

    together = getattr(backend.tensors, "to_numpy_together", None)
    if together is not None:
        return together(tensors)
    to_numpy, spec_of = backend.tensors.to_numpy, backend.tensors.spec_of
    specs = [spec_of(x) for x in tensors]
    alike: dict[Spec, list[Any]] = {}
    for x, spec in zip(tensors, specs, strict=True):
        alike.setdefault(spec, []).append(x)
    with on_backend(backend):
        fetched = {spec: iter(to_numpy(ops.stack(group))) for spec, group in alike.items()}
    return [next(fetched[spec]) for spec in specs]


def _as_float(value: Any) -> Any:
    from multikeras import ops

    array = value if isinstance(value, (int, float, np.generic)) else ops.convert_to_numpy(value)
    return float(array) if np.ndim(array) == 0 else np.asarray(array)
