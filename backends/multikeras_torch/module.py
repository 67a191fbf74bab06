"""TorchModule: what makes a multikeras layer an `nn.Module`."""

from __future__ import annotations

import collections
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from multikeras.layers.base.building import Building
from multikeras.layers.base.call_context import changes
from multikeras.layers.layer import Layer
from multikeras.random.seed import SeedGenerator
from multikeras.state.names import to_snake_case
from multikeras.state.tracking import owned
from multikeras.state.variable import Variable
from multikeras_torch.listening import listening
from multikeras_torch.tensors import name_of, native_dtype
from multikeras_torch.tracing import opaque

_NAMED = (torch.nn.Module, torch.nn.Parameter, Variable)


class TorchModule(torch.nn.Module):
    """The second base of layers on this backend.

    Core finds variables and layers by walking attributes; torch keeps them in `_parameters`, `_buffers` and `_modules`.
    Before torch looks, the two are brought in line, so that what is in lists and dicts is seen too. Names are those of
    the attributes (`blocks_0` for the first in a list); the layers of a graph or of `Sequential` go by theirs, numbers
    that were made up being counted from the start. Weights made to be trained are parameters, all others, such as
    statistics, are buffers. The states of seed generators are in states alone: they stay on the host.
    """

    def _register(self) -> list[tuple[dict[str, Any], str, Variable]]:
        """Bring torch's dicts in line. Returns where each variable is in them."""
        own = vars(self)
        core: Any = self
        ours: set[str] = own.setdefault("_registered", set())
        # What was registered by torch's own methods stays.
        parameters = {k: v for k, v in own["_parameters"].items() if k not in ours}
        buffers = {k: v for k, v in own["_buffers"].items() if k not in ours}
        modules = {k: v for k, v in own["_modules"].items() if k not in ours}
        names = _Names([*parameters, *buffers, *modules])
        places: list[tuple[dict[str, Any], str, Variable]] = []
        paths: dict[int, str] = {}
        for path, child in owned(self, _NAMED):
            if isinstance(child, Variable):
                paths[id(child)] = path
            elif isinstance(child, torch.nn.Parameter):
                parameters[names.free(_label(path))] = child
            else:
                modules[names.of_module(path, child)] = child
        variables: list[Variable] = core._own_variables()
        for variable in variables:
            group = parameters if variable._made_trainable else buffers
            name = names.free(_label(paths.get(id(variable), variable.name)))
            group[name] = variable._storage
            places.append((group, name, variable))
        ours |= names.given
        for name, fresh in (("_parameters", parameters), ("_buffers", buffers), ("_modules", modules)):
            # The same objects where nothing has changed: compiled code may have guards on them.
            if not _same(own[name], fresh):
                own[name] = fresh
        return [(own["_parameters" if group is parameters else "_buffers"], name, v) for group, name, v in places]

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        places = self._register()
        core: Any = self
        # What the function makes of this layer's dtype says whether it changes dtypes, of layers without weights too.
        policy = core._dtype_policy
        probe = fn(torch.empty(0, dtype=native_dtype(policy.variable_dtype), device="cpu"))
        super()._apply(fn, recurse)
        for group, name, variable in places:
            variable._storage = group[name]
            variable._dtype = name_of(group[name].dtype)
        dtype = name_of(probe.dtype)
        if dtype != policy.variable_dtype:
            core.dtype_policy = dtype
        else:
            changes.count += 1
            if core.built:
                core._freeze()
        return self

    def _save_to_state_dict(self, *args: Any, **kwargs: Any) -> None:
        with self._seeds():
            super()._save_to_state_dict(*args, **kwargs)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        # Values are copied, also under `assign=True`: variables keep their storages.
        local_metadata = {**local_metadata, "assign_to_params_buffers": False}
        with self._seeds():
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *args, **kwargs)

    @contextmanager
    def _seeds(self) -> Iterator[None]:
        """A block in which the states of seed generators are buffers too."""
        self._register()
        own = vars(self)
        before = own["_buffers"]
        seeds = {_label(path): g.state._storage for path, g in owned(self, (SeedGenerator,))}
        own["_buffers"] = {**before, **{name: seed for name, seed in seeds.items() if name not in before}}
        try:
            yield
        finally:
            own["_buffers"] = before

    def named_modules(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, torch.nn.Module]]:
        """This module and all below."""
        self._register()
        return super().named_modules(*args, **kwargs)

    def named_children(self) -> Iterator[tuple[str, torch.nn.Module]]:
        """The modules directly below."""
        self._register()
        return super().named_children()

    def get_parameter(self, target: str) -> torch.nn.Parameter:
        """The parameter of a name with dots."""
        return _found(target, dict(self.named_parameters(remove_duplicate=False)), "parameter")

    def get_buffer(self, target: str) -> torch.Tensor:
        """The buffer of a name with dots."""
        return _found(target, dict(self.named_buffers(remove_duplicate=False)), "buffer")

    def get_submodule(self, target: str) -> torch.nn.Module:
        """The module of a name with dots."""
        self._register()
        return super().get_submodule(target)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Train the parameters of this module and of all below, or do not."""
        for module in self.modules():
            if isinstance(module, TorchModule):
                for _, _, variable in module._register():
                    if variable._made_trainable:
                        variable.trainable = requires_grad
        return super().requires_grad_(requires_grad)

    def train(self, mode: bool = True) -> Any:
        """Train, or evaluate, wherever a call does not say `training` itself."""
        vars(self)["_mode"] = mode
        return super().train(mode)

    def _bind_mode(self, training: bool) -> None:
        """Switch the modules of torch among the layers, which core's `training` does not reach."""
        for module in self.modules():
            if not isinstance(module, TorchModule):
                module.training = training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """A call, under the name that torch knows."""
        return self(*args, **kwargs)

    def register_forward_pre_hook(self, *args: Any, **kwargs: Any) -> Any:
        """See `torch.nn.Module`."""
        listening(self)
        return super().register_forward_pre_hook(*args, **kwargs)

    def register_forward_hook(self, *args: Any, **kwargs: Any) -> Any:
        """See `torch.nn.Module`."""
        listening(self)
        return super().register_forward_hook(*args, **kwargs)

    def register_full_backward_pre_hook(self, *args: Any, **kwargs: Any) -> Any:
        """See `torch.nn.Module`."""
        listening(self)
        return super().register_full_backward_pre_hook(*args, **kwargs)

    def register_full_backward_hook(self, *args: Any, **kwargs: Any) -> Any:
        """See `torch.nn.Module`."""
        listening(self)
        return super().register_full_backward_hook(*args, **kwargs)


def bind(kind: type) -> None:
    """Have layers of a bound class make their variables outside of traces, where a trace calls them first."""
    kind._ensure_built = _ensure_built  # type: ignore[attr-defined]


_ensure_built = opaque(Building._ensure_built)


class _Names:
    """Names within one module, each given once."""

    def __init__(self, taken: list[str]) -> None:
        self._taken = set(taken)
        self._counts: collections.Counter[str] = collections.Counter()
        self.given: set[str] = set()

    def free(self, name: str) -> str:
        """The name, with underscores behind it where it is taken."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        self.given.add(name)
        return name

    def of_module(self, path: str, module: torch.nn.Module) -> str:
        """The name of a module that an attribute leads to."""
        if not path.startswith("_") or not isinstance(module, Layer):
            return self.free(_label(path))
        # One of the lists that core keeps.
        kind = to_snake_case(type(module).__name__)
        if not re.fullmatch(rf"{kind}(_\d+)?", module.name):
            return self.free(module.name.replace(".", "_"))
        count = self._counts[kind]
        self._counts[kind] += 1
        return self.free(f"{kind}_{count}" if count else kind)


def _found(name: str, named: dict[str, Any], what: str) -> Any:
    if name not in named:
        raise AttributeError(f"There is no {what} {name!r}: there are {', '.join(named)}.")
    return named[name]


def _label(path: str) -> str:
    """A path as one name without dots."""
    return path.strip("_").replace("/", "_").replace(".", "_")


def _same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two dicts hold the same objects in the same order."""
    return list(old) == list(new) and all(old[k] is new[k] for k in new)
