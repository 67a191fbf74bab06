"""Functions of single entries, or of small tensors, as functions of tensors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection
from typing import Any

from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops.conversion import convert_to_tensor, shape
from multikeras.ops.mapping import vectorized_map
from multikeras.ops.shaping import broadcast_to, reshape

_CORE = r"\(\s*(?:\w+(?:\s*,\s*\w+)*)?\s*\)"
_SIGNATURE = re.compile(rf"\s*{_CORE}(?:\s*,\s*{_CORE})*\s*->\s*{_CORE}(?:\s*,\s*{_CORE})*\s*")


def _read(signature: str) -> list[tuple[str, ...]]:
    """The names of the core axes of each argument.

    Raises:
        ArgumentError: It is no signature.
    """
    if not isinstance(signature, str) or not _SIGNATURE.fullmatch(signature):
        raise ArgumentError(
            "A signature names the axes that a function takes and returns.",
            received=f"signature={signature!r}",
            hint="'(n),(n)->()'",
        )
    return [tuple(re.findall(r"\w+", core)) for core in re.findall(_CORE, signature.partition("->")[0])]


def vectorize(
    pyfunc: Callable[..., Any], *, excluded: Collection[int | str] | None = None, signature: str | None = None
) -> Callable[..., Any]:
    """A function that calls another one for each entry of its arguments, which broadcast.

    All entries are taken at once where the framework can, so that `pyfunc`, written in ops, may not look at values.

    Args:
        pyfunc: From scalar tensors to a tensor, or to tensors in any nesting.
        excluded: Positions and names of arguments that are handed on whole; all others broadcast.
        signature: Which axes `pyfunc` takes and returns, in the place of scalars: `"(n),(n)->()"` for two vectors of
            one size and a scalar. These are the last axes of the arguments; the others broadcast.

    Returns:
        A function of tensors; its results have the broadcast axes before those that `pyfunc` returns.

    Raises:
        ArgumentError: `pyfunc` is no function, or `signature` no signature; when called, there are not as many
            arguments as it says.
        ShapeError: When called: shapes do not broadcast, or core axes of one name have different sizes.

    ```python
    >>> from multikeras import ops
    >>> larger = vectorize(lambda a, b: ops.maximum(a, b))
    >>> larger([1.0, 4.0], 2.0).tolist()
    [2.0, 4.0]
    >>> dot = vectorize(lambda a, b: ops.sum(a * b), signature="(n),(n)->()")
    >>> dot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0]).tolist()
    [3.0, 7.0]

    ```
    """
    if not callable(pyfunc):
        raise ArgumentError("`pyfunc` is a function.", received=repr(pyfunc))
    cores = None if signature is None else _read(signature)
    left_out = frozenset(excluded or ())

    @functools.wraps(pyfunc)
    def run(*arguments: Any, **keywords: Any) -> Any:
        slots: list[int | str] = [i for i in range(len(arguments)) if i not in left_out]
        slots += [name for name in keywords if name not in left_out]
        given: dict[int | str, Any] = {**dict(enumerate(arguments)), **keywords}
        tensors = [convert_to_tensor(given[slot]) for slot in slots]
        own = cores if cores is not None else [()] * len(tensors)
        if len(own) != len(tensors):
            raise ArgumentError(
                "A signature tells the axes of each argument.",
                received=f"signature={signature!r}, {len(tensors)} arguments",
            )

        def call(values: list[Any]) -> Any:
            whole = given | dict(zip(slots, values, strict=True))
            return pyfunc(*(whole[i] for i in range(len(arguments))), **{name: whole[name] for name in keywords})

        loops = [_loop(x, core) for x, core in zip(tensors, own, strict=True)]
        _same_sizes(tensors, own)
        outer = rules.broadcast_shapes(*loops) if loops else ()
        if not outer:
            return call(tensors)
        flat = []
        for x, core, loop in zip(tensors, own, loops, strict=True):
            inner = tuple(shape(x))[len(loop) :] if core else ()
            flat.append(reshape(broadcast_to(x, (*outer, *inner)), (-1 if 0 not in outer else 0, *inner)))
        results = vectorized_map(call, flat)
        return _unflattened(results, outer)

    return run


def _loop(x: Any, core: tuple[str, ...]) -> tuple[int, ...]:
    """The axes of an argument that its core has not."""
    sizes = tuple(shape(x))
    if len(sizes) < len(core):
        raise ShapeError("An argument has the axes that the signature names.", received=f"shape {sizes}, {core}")
    return sizes[: len(sizes) - len(core)]


def _same_sizes(tensors: list[Any], cores: list[tuple[str, ...]]) -> None:
    sizes: dict[str, Any] = {}
    for x, core in zip(tensors, cores, strict=True):
        last = tuple(shape(x))[len(x.shape) - len(core) :]
        for name, size in zip(core, last, strict=True):
            if sizes.setdefault(name, size) != size:
                raise ShapeError(
                    "Core axes of one name have one size.", received=f"{name} of {sizes[name]} and of {size} entries"
                )


def _unflattened(results: Any, outer: Any) -> Any:
    if isinstance(results, (list, tuple)):
        return type(results)(_unflattened(each, outer) for each in results)
    if isinstance(results, dict):
        return {key: _unflattened(each, outer) for key, each in results.items()}
    return reshape(results, (*outer, *tuple(shape(results))[1:]))
