"""The attributes that core keeps on every layer, beside those that a subclass sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multikeras.backend.binding import unbound
from multikeras.backend.contract import Backend
from multikeras.dtypes.policy import DTypePolicy
from multikeras.graph.operation import Operation
from multikeras.layers.base.call_signature import CallSignature, call_signature
from multikeras.state.variable import Variable


class Attributes(Operation):
    """What the sides of a layer know of each other."""

    # Made by `_prepare`, before the constructor of a subclass runs.
    _changes_seen: int
    _adds_losses: bool
    _backend: Backend
    _build_shapes: dict[Any, Any] | None
    _call_signature: CallSignature
    _casts: str | None
    _direct: bool
    _frozen_call: Any
    _init_arguments: tuple[tuple, dict[str, Any]]
    _initialized: bool
    _internal_attributes: frozenset[str]
    _losses: list[Any]
    _own_weights: list[Variable]
    _plain_dtypes: frozenset[Any]
    _takes_native: set[type]
    built: bool
    input_spec: Any
    _autocast: bool
    _dtype_policy: DTypePolicy
    _path_prefix: str
    _trainable: bool
    activity_regularizer: Any
    supports_masking: bool

    # What the backend's module class calls back as attributes are set; see `Backend.module_base`.
    _bind_attribute: Any = None

    if TYPE_CHECKING:
        # Sides that are defined further down the line.
        _add_context: Any
        _admit: Any
        _ensure_built: Any
        _freeze: Any
        _mixed: Any
        compute_mask: Any
        compute_output_spec: Any
        symbolic_call: Any

    def _prepare(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Give the instance the attributes that core keeps; what is set later is the subclass's own."""
        set_own = object.__setattr__
        kind = type(self)
        set_own(self, "_call_signature", call_signature(unbound(kind).call))
        set_own(self, "_init_arguments", (args, kwargs))
        set_own(self, "_initialized", False)
        set_own(self, "built", False)
        set_own(self, "_direct", False)
        set_own(self, "_frozen_call", None)
        set_own(self, "_adds_losses", False)
        set_own(self, "_changes_seen", -1)
        set_own(self, "_own_weights", [])
        set_own(self, "_losses", [])
        set_own(self, "_inbound_nodes", [])
        set_own(self, "_build_shapes", None)
        set_own(self, "_path", None)
        set_own(self, "input_spec", None)
        set_own(self, "_takes_native", set(self._backend.tensors.types))
        set_own(self, "_plain_dtypes", frozenset())
        set_own(self, "_internal_attributes", frozenset(vars(self)) | {"_internal_attributes"})
