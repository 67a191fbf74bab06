"""What the signatures of a layer's `call` and `build` say, read once per class."""

from __future__ import annotations

import functools
import inspect
from typing import Any


class CallSignature:
    """The parameters of `call`.

    Args:
        call: The function, with `self`.
    """

    def __init__(self, call: Any) -> None:
        self.signature = inspect.Signature(list(inspect.signature(call).parameters.values())[1:])
        parameters = list(self.signature.parameters.values())
        self.names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        self.open = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.takes_training = "training" in self.names
        # Mask arguments: `mask` belongs to the first argument, `key_mask` to `key`.
        self.mask_of: dict[str, str] = {}
        for name in self.names:
            if name == "mask" and self.names[0] != "mask":
                self.mask_of["mask"] = self.names[0]
            elif name.endswith("_mask") and name.removesuffix("_mask") in self.names:
                self.mask_of[name] = name.removesuffix("_mask")
        self.first = self.names[0] if self.names else None
        simple = [p for p in parameters if p.name not in ("training", "mask")]
        # One positional input, nothing else required: what the direct path serves.
        self.one_input = bool(
            simple
            and simple[0].kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
            and all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in simple[1:])
        )

    def bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, in the order of the signature; raises `TypeError` as a call would."""
        bound = self.signature.bind(*args, **kwargs)
        return dict(bound.arguments)


@functools.cache
def call_signature(function: Any) -> CallSignature:
    """The signature of a `call` function."""
    return CallSignature(function)


@functools.cache
def build_names(function: Any) -> tuple[str, ...]:
    """The names of the parameters of a `build` function, without `self`."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
