"""Several steps in one call on a GPU: a step is captured once as a CUDA graph and replayed for each batch.

Launching the kernels of a small step takes longer than running them; a replay launches all of them at once. See
"Getting started with CUDA graphs" (NVIDIA, 2019) and `torch.cuda.CUDAGraph`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from multikeras.graph.operation import flatten, map_structure

# Calls before a step is captured: kernels are chosen, and memory set aside, by the first ones.
_WARM = 3


class Replays:
    """`fn(entry)` for each entry along the first axis of nested tensors.

    What `fn` does in Python happens when it is captured, and not at a replay. A step that cannot be captured, since it
    asks for the values of tensors, runs as it is.

    Args:
        fn: A step, which changes its storages in place.
        capture: Called with a function without arguments; returns what replays it, and its results, which each replay
            changes in place. By default a CUDA graph.
    """

    def __init__(
        self, fn: Callable[[Any], Any], capture: Callable[[Callable], tuple[Callable, Any]] | None = None
    ) -> None:
        self._fn = fn
        self._capture = _captured if capture is None else capture
        self._calls: dict[Any, int] = {}
        # By shapes and dtypes: the tensors to fill, what replays, and the results.
        self._graphs: dict[Any, tuple[list[torch.Tensor], Callable, Any]] = {}
        self._can = True

    def __call__(self, entries: Any) -> Any:
        """What `fn` returned for the last entry."""
        places = flatten(entries)
        leaves = [x for x in places if x is not None]
        count = len(leaves[0])
        key = tuple(None if x is None else (x.shape[1:], x.dtype, x.device) for x in places)
        done = 0
        outputs = None
        while done < count and key not in self._graphs:
            calls = self._calls[key] = self._calls.get(key, 0) + 1
            if self._can and calls > _WARM and self._captures(key, entries, leaves):
                break
            outputs = self._fn(_entry(entries, done))
            done += 1
        if done < count:
            places, replay, results = self._graphs[key]
            for number in range(done, count):
                for place, leaf in zip(places, leaves, strict=True):
                    place.copy_(leaf[number])
                replay()
            outputs = map_structure(lambda x: x.clone() if isinstance(x, torch.Tensor) else x, results)
        return outputs

    def _captures(self, key: Any, entries: Any, leaves: list[torch.Tensor]) -> bool:
        places = [torch.empty_like(leaf[0]) for leaf in leaves]
        given = iter(places)
        batch = map_structure(lambda x: None if x is None else next(given), entries)
        for place, leaf in zip(places, leaves, strict=True):
            place.copy_(leaf[0])
        try:
            replay, results = self._capture(lambda: self._fn(batch))
        except RuntimeError:
            self._can = False
            return False
        self._graphs[key] = (places, replay, results)
        return True


def _entry(entries: Any, number: int) -> Any:
    return map_structure(lambda x: None if x is None else x[number], entries)


def _captured(run: Callable[[], Any]) -> tuple[Callable, Any]:
    """A CUDA graph of what `run` does on the GPU, which it does not do yet."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        results = run()
    return graph.replay, results
