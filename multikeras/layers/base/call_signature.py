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
        # What `training` is where nobody says.
        default = self.signature.parameters["training"].default if self.takes_training else None
        self.training_default = False if default is None or default is inspect.Parameter.empty else default
        # Mask arguments: `mask` belongs to the first argument, `key_mask` to `key`.
        self.mask_of: dict[str, str] = {}
        for name in self.names:
            if name == "mask" and self.names[0] != "mask":
                self.mask_of["mask"] = self.names[0]
            elif name.endswith("_mask") and name.removesuffix("_mask") in self.names:
                self.mask_of[name] = name.removesuffix("_mask")
        # What `bind` and `spread` need: compilers of Python code can't follow the one of `inspect`.
        self._positional = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self._keyword_only = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        self._by_keyword = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        self._rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self._more = next((p.name for p in parameters if p.kind is p.VAR_KEYWORD), None)
        self._required = [
            p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
        ]
        self.first = self.names[0] if self.names else None
        simple = [p for p in parameters if p.name not in ("training", "mask")]
        # Where in a call by position `training` stands, and how many arguments come before the first mask.
        self.training_position = self._positional.index("training") if "training" in self._positional else 10**6
        places = [self._positional.index(name) for name in self.mask_of if name in self._positional]
        self.before_masks = min(places, default=10**6)
        # One positional input, nothing else required: what the direct path serves.
        self.one_input = bool(
            simple
            and simple[0].kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
            and all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in simple[1:])
        )

    def spread(self, bound: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Arguments by name as positional and keyword ones."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        complete = True
        for name in self._positional:
            if name not in bound:
                complete = False
            elif complete:
                positional.append(bound[name])
            else:
                keywords[name] = bound[name]
        for name in self._keyword_only:
            if name in bound:
                keywords[name] = bound[name]
        if self._rest in bound:
            positional += bound[self._rest]
        if self._more in bound:
            keywords.update(bound[self._more])
        return positional, keywords

    def bind(self, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name, in the order of the signature; raises `TypeError` as a call would."""
        names, positional = self.signature.parameters, self._positional
        bound = dict(zip(positional, args, strict=False))
        fits = len(args) <= len(positional)
        if not fits and self._rest is not None:
            bound[self._rest] = args[len(positional) :]
            fits = True
        more = {}
        for name, value in kwargs.items():
            if name in self._by_keyword and name not in bound:
                bound[name] = value
            elif self._more is not None and name not in self._by_keyword:
                more[name] = value
            else:
                fits = False
        if more:
            bound[self._more] = more  # type: ignore[index]
        if fits and all(name in bound for name in self._required):
            return bound if len(args) == len(bound) else {name: bound[name] for name in names if name in bound}
        return dict(self.signature.bind(*args, **kwargs).arguments)


@functools.cache
def call_signature(function: Any) -> CallSignature:
    """The signature of a `call` function."""
    return CallSignature(function)


@functools.cache
def build_names(function: Any) -> tuple[str, ...]:
    """The names of the parameters of a `build` function, without `self`."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return tuple(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
