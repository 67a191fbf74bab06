"""Masks: which steps of a tensor are padding, kept beside the tensor.

A mask travels with the one tensor object that it was set on; layers hand it on. While no mask is alive, looking for
one costs a single attribute access.

Compilers that trace Python follow neither weak references nor the identities that the table goes by. In their traces a
mask is an attribute of its tensor, and masks count as alive for the rest of the trace.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

from multikeras.graph.keras_tensor import KerasTensor


class _Masks(threading.local):
    """`table` maps the id of a tensor to a weak reference to it and its mask."""

    def __init__(self) -> None:
        self.live = False
        self.table: dict[int, tuple[Any, Any]] = {}


masks = _Masks()


class _Attached:
    """Whether tensors with masks of their own have come out of compiled code: nobody hears of their end, so masks are
    looked for from then on. An object of its own, since what a trace does to a `threading.local` is not done again when
    the compiled code runs."""

    def __init__(self) -> None:
        self.seen = False


attached = _Attached()

TRACED_BY: list[Callable[[], bool]] = []
"""Functions that say whether their framework's compiler is tracing Python. Adapters of such frameworks add one."""


def is_traced() -> bool:
    """Whether a compiler that follows Python code is tracing."""
    # Not `any`: compilers do not follow generators.
    for tracing in TRACED_BY:
        if tracing():
            return True
    return False


def set_mask(x: Any, mask: Any) -> None:
    """Attach a mask to a tensor; `None` takes it off.

    Args:
        x: A tensor.
        mask: A bool tensor, `False` where `x` holds padding.
    """
    if isinstance(x, KerasTensor):
        x._keras_mask = mask
        return
    if is_traced():
        x._keras_mask = mask
        if mask is not None:
            masks.live = attached.seen = True
        return
    key = id(x)
    table = masks.table
    if mask is None:
        table.pop(key, None)
        if getattr(x, "_keras_mask", None) is not None:
            x._keras_mask = None
    else:

        def forget(_: Any) -> None:
            table.pop(key, None)
            if not table:
                masks.live = False

        table[key] = (weakref.ref(x, forget), mask)
    masks.live = bool(table)


def get_mask(x: Any) -> Any:
    """The mask of a tensor, or `None`."""
    if isinstance(x, KerasTensor):
        return x._keras_mask
    if TRACED_BY:
        # Made in a trace, or what a compiled function returned.
        made = getattr(x, "_keras_mask", None)
        if made is not None or is_traced():
            return made
    if not masks.live:
        return None
    entry = masks.table.get(id(x))
    return entry[1] if entry is not None and entry[0]() is x else None
