"""TorchModule: what makes a multikeras layer an `nn.Module`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from multikeras.layers.layer import Layer
from multikeras.state.tracking import owned
from multikeras.state.variable import Variable


class TorchModule(torch.nn.Module):
    """The second base of layers on this backend.

    Core finds variables and layers by walking attributes; torch keeps them in `_parameters` and `_modules`. Before
    torch looks, the two are brought in line, so that layers in lists and dicts are seen too.
    """

    def _register(self) -> None:
        parameters: dict[str, Any] = {}
        modules: dict[str, Any] = {}
        for variable in self._own_variables():  # type: ignore[attr-defined]
            name = variable.name
            while name in parameters:
                name += "_"
            parameters[name] = variable._storage
        from multikeras.random.seed import SeedGenerator

        for path, generator in owned(self, (SeedGenerator,)):
            parameters[path.replace("/", "_").replace(".", "_")] = generator.state._storage
        for layer in self._sublayers():  # type: ignore[attr-defined]
            name = layer.name.replace(".", "_")
            while name in modules:
                name += "_"
            modules[name] = layer
        for path, module in owned(self, (torch.nn.Module,)):
            if not isinstance(module, Layer):
                modules[path.replace("/", "_").replace(".", "_")] = module
        own = vars(self)
        own["_parameters"] = parameters
        own["_modules"] = modules

    def named_modules(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, torch.nn.Module]]:
        """This module and all below."""
        self._register_all()
        return super().named_modules(*args, **kwargs)

    def named_children(self) -> Iterator[tuple[str, torch.nn.Module]]:
        """The modules directly below."""
        self._register_all()
        return super().named_children()

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The values of all parameters by name."""
        self._register_all()
        return super().state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Copy values into the parameters."""
        self._register_all()
        return super().load_state_dict(*args, **kwargs)

    def _apply(self, *args: Any, **kwargs: Any) -> Any:
        self._register_all()
        result = super()._apply(*args, **kwargs)
        self._adopt()
        return result

    def _register_all(self) -> None:
        for layer in self._flatten_layers():  # type: ignore[attr-defined]
            layer._register()

    def _adopt(self) -> None:
        """Take over parameters that torch has put in the place of others, and the dtypes they have now."""
        for layer in self._flatten_layers():  # type: ignore[attr-defined]
            fresh = list(layer._parameters.values())
            variables: list[Variable] = layer._own_variables()
            for variable, parameter in zip(variables, fresh, strict=False):
                variable._storage = parameter
                variable._dtype = str(parameter.dtype).rpartition(".")[2]

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """A call, under the name that torch knows."""
        return self(*args, **kwargs)
