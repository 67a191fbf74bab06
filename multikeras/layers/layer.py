"""Layer: state and a function of tensors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from multikeras.backend.contract import Backend
from multikeras.backend.select import selection, use_backend
from multikeras.dtypes import lattice
from multikeras.dtypes import policy as policies
from multikeras.dtypes.policy import DTypePolicy
from multikeras.errors import (
    ArgumentError,
    MixedBackendsError,
    NotBuiltError,
    NotSupportedError,
    ShapeError,
    StateError,
)
from multikeras.graph.call import recording
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.graph.node import Node
from multikeras.graph.operation import Operation, flatten, map_structure
from multikeras.layers import binding
from multikeras.layers.call_context import adders, calls
from multikeras.layers.call_signature import CallSignature, build_names, call_signature
from multikeras.layers.input_spec import check_all
from multikeras.state.masks import get_mask, masks, set_mask
from multikeras.state.names import auto_name
from multikeras.state.scope import AutoCastScope, name_scope, scopes
from multikeras.state.tracking import kept, owned, walks
from multikeras.state.variable import Variable

# Values of attributes that can hold no variable.
_OWNS_NOTHING = frozenset({bool, int, float, str, type(None)})


class Layer(Operation):
    """The base of all layers: it holds variables and other layers, and maps tensors to tensors.

    A subclass makes its variables in `__init__` or, where their shapes depend on the input's, in `build`, and computes
    in
    `call`. It belongs to the backend that is current when it is made.

    Args:
        activity_regularizer: A function of the output, whose value is added to the loss.
        trainable: Whether its variables are trained.
        dtype: The dtype policy, by name, as a dtype or as a `DTypePolicy`.
        autocast: Whether float inputs are cast to the compute dtype.
        name: Its name, made up by default.

    Raises:
        ArgumentError: There is no such argument.

    ```python
    >>> import multikeras as keras
    >>> class Scale(keras.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> layer = Scale()
    >>> layer(keras.ops.ones((2, 3))).shape, len(layer.weights)
    ((2, 3), 1)

    ```
    """

    # What the backend's module class calls back as attributes are set; see `Backend.module_base`.
    _bind_attribute: Any = None

    # Made by `_prepare`, before the constructor of a subclass runs.
    _adders_seen: int
    _adds_losses: bool
    _backend: Backend
    _build_shapes: dict[Any, Any] | None
    _call_signature: CallSignature
    _casts: str | None
    _direct: bool
    _init_arguments: tuple[tuple, dict[str, Any]]
    _initialized: bool
    _internal_attributes: frozenset[str]
    _losses: list[Any]
    _own_weights: list[Variable]
    _plain_dtypes: frozenset[Any]
    _takes_native: set[type]
    built: bool
    input_spec: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = binding.make(cls)
        instance._prepare(args, kwargs)
        return instance

    def _prepare(self, args: tuple, kwargs: dict[str, Any]) -> None:
        """Give the instance the attributes that core keeps; what is set later is the subclass's own."""
        set_own = object.__setattr__
        kind = type(self)
        set_own(self, "_call_signature", call_signature(binding.unbound(kind).call))
        set_own(self, "_init_arguments", (args, kwargs))
        set_own(self, "_initialized", False)
        set_own(self, "built", False)
        set_own(self, "_direct", False)
        set_own(self, "_adds_losses", False)
        set_own(self, "_adders_seen", -1)
        set_own(self, "_own_weights", [])
        set_own(self, "_losses", [])
        set_own(self, "_inbound_nodes", [])
        set_own(self, "_build_shapes", None)
        set_own(self, "_path", None)
        set_own(self, "input_spec", None)
        set_own(self, "_takes_native", set())
        set_own(self, "_plain_dtypes", frozenset())
        set_own(self, "_internal_attributes", frozenset(vars(self)) | {"_internal_attributes"})

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if name is None:
            name = auto_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ArgumentError('A layer\'s name is a string without "/".', received=repr(name), hint="name='dense'")
        self.name = name
        shape = kwargs.pop("input_shape", None)
        if "input_dim" in kwargs:
            shape = (kwargs.pop("input_dim"),)
        self._input_shape_argument = tuple(shape) if shape is not None else None
        if kwargs:
            raise ArgumentError(
                f"{type(self).__name__} has no such arguments.",
                received=", ".join(f"{k}={v!r}" for k, v in kwargs.items()),
            )
        from multikeras import regularizers

        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = bool(trainable)
        self._dtype_policy = policies.get(dtype)
        self._autocast = autocast
        self._path_prefix = "/".join(scopes.names)
        self.supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._initialized = True
        # A layer without a `build` of its own has its variables already, or layers that build themselves.

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if walks.found and type(value) not in _OWNS_NOTHING:
            walks.found.clear()
        hook = self._bind_attribute
        if hook is not None:
            hook(name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)

    # -- State ------------------------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new variable of this layer.

        Args:
            shape: Its shape; a scalar by default.
            initializer: The first value or what makes it; Glorot uniform for floats, zeros else.
            dtype: Its dtype, the policy's variable dtype by default.
            trainable: Whether gradients are taken with respect to it.
            autocast: Whether it reads in the compute dtype during calls.
            regularizer: A function whose value is added to the loss.
            constraint: A function that new values pass through after an optimizer step.
            aggregation: How replicas are combined.
            overwrite_with_gradient: Whether the optimizer stores the gradient itself.
            name: Its name.
        """
        from multikeras import constraints, initializers, regularizers

        self._check_initialized()
        dtype = self.variable_dtype if dtype is None else lattice.standardize(dtype)
        if initializer is None:
            initializer = "glorot_uniform" if lattice.is_float(dtype) else "zeros"
        if isinstance(initializer, (str, dict)) or callable(initializer):
            initializer = initializers.get(initializer)
            shape = () if shape is None else shape
        with use_backend(self._backend), name_scope(self.name):
            variable = Variable(
                initializer,
                shape=(shape,) if isinstance(shape, int) else shape,
                dtype=dtype,
                trainable=trainable,
                autocast=autocast,
                aggregation=aggregation,
                name=name,
            )
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        self._own_weights.append(variable)
        if walks.found:
            walks.found.clear()
        if self._bind_attribute is not None:
            self._bind_attribute(variable.name, variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """`add_weight` by its other name."""
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=trainable,
            autocast=autocast,
            regularizer=regularizer,
            constraint=constraint,
            name=name,
        )

    def _own_variables(self) -> list[Variable]:
        """The variables that this layer itself holds, trainable ones first, each once."""
        found = {id(v): v for v in self._own_weights}
        found.update((id(v), v) for _, v in owned(self, (Variable,)))
        rows = list(found.values())
        return [v for v in rows if v._made_trainable] + [v for v in rows if not v._made_trainable]

    def _sublayers(self) -> Iterator[Layer]:
        """The layers that this one holds directly, in the order of assignment."""
        return (layer for _, layer in owned(self, (Layer,)))

    def _flatten_layers(self, include_self: bool = True) -> list[Layer]:
        """This layer and every layer below it, each once, parents first."""
        found = kept("layers", self, self._walk_layers)
        return found[:] if include_self else found[1:]

    def _walk_layers(self) -> list[Layer]:
        found: dict[int, Layer] = {}
        pending: list[Layer] = [self]
        while pending:
            layer = pending.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                pending += reversed(list(layer._sublayers()))
        return list(found.values())

    def _collect(self, seeds: bool) -> list[Variable]:
        return kept("variables" if seeds else "weights", self, lambda: self._walk_variables(seeds))[:]

    def _walk_variables(self, seeds: bool) -> list[Variable]:
        from multikeras.random.seed import SeedGenerator

        found: dict[int, Variable] = {}
        for layer in self._flatten_layers():
            for v in layer._own_variables():
                found.setdefault(id(v), v)
            if seeds:
                for _, generator in owned(layer, (SeedGenerator,)):
                    if generator.state is not None:
                        found.setdefault(id(generator.state), generator.state)
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """Every variable, those of seed generators among them, each once."""
        return self._collect(seeds=True)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that are trained."""
        return [v for v in self.variables if v.trainable] if self._trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The variables that are not trained."""
        return [v for v in self.variables if not v.trainable] if self._trainable else self.variables

    @property
    def weights(self) -> list[Variable]:
        """Every variable but the states of seed generators."""
        return self._collect(seeds=False)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that are trained."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that are not trained."""
        return [v for v in self.weights if not v.trainable] if self._trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """The metrics that it and its layers hold."""
        from multikeras.metrics import Metric

        found: dict[int, Any] = {}
        for layer in self._flatten_layers():
            for _, metric in owned(layer, (Metric,)):
                found.setdefault(id(metric), metric)
        return list(found.values())

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of its metrics."""
        found: dict[int, Variable] = {}
        for metric in self.metrics:
            for v in metric.variables:
                found.setdefault(id(v), v)
        return list(found.values())

    @property
    def trainable(self) -> bool:
        """Whether it is trained; setting it sets every layer and variable below."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        value = bool(value)
        self._trainable = value
        for v in self._own_variables():
            if v._made_trainable:
                v.trainable = value
        for layer in self._sublayers():
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights`, as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Assign values to `weights`, in their order.

        Raises:
            ShapeError: There are more or fewer values, or one has another shape. Nothing is assigned then.
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ShapeError(f"Layer {self.name!r} has {len(variables)} weights.", received=f"{len(weights)} values")
        for variable, value in zip(variables, weights, strict=True):
            if tuple(np.shape(value)) != variable.shape:
                raise ShapeError(
                    f"A variable keeps its shape: {variable.path!r} has shape {variable.shape}.",
                    received=f"a value of shape {tuple(np.shape(value))}",
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of entries of all weights.

        Raises:
            NotBuiltError: They do not exist yet.
        """
        if not self.built:
            raise NotBuiltError(
                f"Layer {self.name!r} has its weights once its input shape is known.",
                hint="layer.build(input_shape), or call it on a tensor",
            )
        return sum(math.prod(v.shape) for v in self.weights)  # type: ignore[arg-type] - variables have known sizes

    # -- Dtypes and names -------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The name of the backend that it belongs to."""
        return self._backend.name

    @property
    def dtype_policy(self) -> DTypePolicy:
        """Its dtype policy."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self._dtype_policy = policies.get(value)
        if self.built:
            self._freeze()

    @property
    def dtype(self) -> str:
        """The dtype of its variables."""
        return self._dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype that it computes in."""
        return self._dtype_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of its variables."""
        return self._dtype_policy.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are cast to."""
        return self._dtype_policy.compute_dtype

    @property
    def quantization_mode(self) -> str | None:
        """How it is quantized, `None` where it is not."""
        return self._dtype_policy.quantization_mode

    @property
    def path(self) -> str:
        """Its name with the scopes that it was made in."""
        return f"{self._path_prefix}/{self.name}" if self._path_prefix else self.name

    def _check_initialized(self) -> None:
        if not self._initialized:
            raise StateError(
                f"The constructor of {type(self).__name__} calls the one of Layer first.", hint="super().__init__()"
            )

    # -- Building ---------------------------------------------------------------------------------------------

    def build(self, *shapes: Any, **named: Any) -> None:
        """Make the variables whose shapes depend on the input's. By default there are none of its own: layers inside
        are built by running `call` on symbolic inputs.

        Args:
            shapes: The shape of each input, nested as the inputs are.
            named: The same by name, `query_shape=...`.
        """
        if list(self._sublayers()):
            self._build_by_call(shapes, named)
        self.built = True
        self._freeze()

    def _build_by_call(self, shapes: tuple, named: dict[str, Any]) -> None:
        make = lambda shape: _symbolic_inputs(shape, self.compute_dtype)  # noqa: E731 - used twice
        names = self._call_signature.names
        inputs = [make(shape) for shape in shapes]
        keywords = {k.removesuffix("_shape"): make(v) for k, v in named.items() if k.removesuffix("_shape") in names}
        try:
            Layer.compute_output_spec(self, *inputs, **keywords)
        except Exception as error:
            raise NotBuiltError(
                f"Layer {self.name!r} ({type(self).__name__}) could not be built from shapes alone.",
                received=f"{type(error).__name__}: {error}",
                hint="call it on a tensor, or define build()",
            ) from error

    def _ensure_built(self, arguments: dict[str, Any]) -> None:
        """Build for the given arguments unless that is done."""
        if self.built:
            return
        self._check_initialized()
        from multikeras.backend.spec import Spec
        from multikeras.ops._op import argument_spec, owner_of

        def shape_of(value: Any) -> Any:
            return map_structure(lambda x: Spec(*argument_spec(x, None)).shape if x is not None else None, value)

        shapes = {}
        for name, value in arguments.items():
            if value is None:
                continue
            leaves = flatten(value)
            first = next((x for x in leaves if x is not None), None)
            tensor = isinstance(first, (KerasTensor, np.ndarray, Variable)) or owner_of(type(first)) is not None
            if tensor or name == self._call_signature.first:
                shapes[name] = shape_of(value)
        function = binding.unbound(type(self)).build
        with use_backend(self._backend):
            if function is Layer.build:
                # Nothing to make from shapes: layers inside are built as `call` reaches them.
                self.built = True
            else:
                self._run_build(function, shapes)
        self.built = True
        self._build_shapes = shapes
        self._freeze()

    def _admit(self, first: Any, arguments: dict[str, Any]) -> None:
        """Check the first argument of a call, and build for the arguments unless that is done."""
        demands = self.input_spec
        if demands is not None and first is not None:
            # Before it is built: what does not fit makes no weights.
            check_all(demands, first, self.name)
        if not self.built:
            self._ensure_built(arguments)
            if self.input_spec is not demands and self.input_spec is not None and first is not None:
                check_all(self.input_spec, first, self.name)

    def _run_build(self, function: Any, shapes: dict[str, Any]) -> None:
        names = build_names(function)
        with AutoCastScope(None):
            if len(names) <= 1:
                self.build(next(iter(shapes.values())) if shapes else None)
            else:
                self.build(**{name: shapes.get(name.removesuffix("_shape")) for name in names})

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build_from_config` needs to build an equal layer, `None` where it is not built."""
        shapes = self._build_shapes
        if not shapes:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": {f"{k}_shape": v for k, v in shapes.items()}}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build from a `get_build_config`."""
        if not config:
            return
        if "shapes_dict" in config:
            shapes = {k: _as_shape(v) for k, v in config["shapes_dict"].items()}
            self._build_shapes = {k.removesuffix("_shape"): v for k, v in shapes.items()}
            with use_backend(self._backend):
                self.build(**{k: shapes.get(k) for k in build_names(binding.unbound(type(self)).build)})
        elif "input_shape" in config:
            shape = _as_shape(config["input_shape"])
            self._build_shapes = {self._call_signature.first: shape}
            with use_backend(self._backend):
                self.build(shape)
        self.built = True
        self._freeze()

    def _freeze(self) -> None:
        """Prepare the direct path of calls: what has been decided by now is not looked up again."""
        from multikeras.layers.direct_call import plain_dtypes

        self._adders_seen = adders.count
        self._plain_dtypes = plain_dtypes(self._backend, self.compute_dtype if self._autocast else None)
        self._casts = self._dtype_policy.compute_dtype if self._mixed() else None
        self._direct = (
            self._initialized
            and self._call_signature.one_input
            and not any(layer._adds_losses or layer.activity_regularizer for layer in self._flatten_layers())
            and not isinstance(self.input_spec, (list, tuple, dict))
        )

    def _mixed(self) -> bool:
        return self._dtype_policy.compute_dtype != self._dtype_policy.variable_dtype

    # -- Calling ----------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # The direct path: one native tensor of a dtype that needs no cast, into a built layer, with nothing unusual on.
        if (
            self._direct
            and len(args) == 1
            and type(args[0]) in self._takes_native
            and not masks.live
            and scopes.autocast is self._casts
            and selection.backend is self._backend
            and self._adders_seen == adders.count
        ):
            x = args[0]
            if x.dtype in self._plain_dtypes:
                signature = self._call_signature
                if not kwargs:
                    training = calls.training
                    inner = training
                elif len(kwargs) == 1 and "training" in kwargs:
                    inner = calls.training
                    training = kwargs["training"]
                    if training is None:
                        training = inner
                else:
                    return self._call_any(args, kwargs)
                if self.input_spec is not None:
                    self.input_spec.check(x.shape, x.dtype, self.name)
                try:
                    if training is inner:
                        if signature.takes_training:
                            return self.call(x, training=training or False)
                        return self.call(x)
                    calls.training = training
                    try:
                        if signature.takes_training:
                            return self.call(x, training=training)
                        return self.call(x)
                    finally:
                        calls.training = inner
                except Exception as error:
                    self._add_context(error, args, kwargs)
                    raise
        return self._call_any(args, kwargs)

    def _call_any(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call on anything: symbolic or host inputs, several of them, masks, an unbuilt layer."""
        self._check_initialized()
        if self.built and self._adders_seen != adders.count:
            self._freeze()
        if any_symbolic(flatten((args, kwargs))):
            return self.symbolic_call(*args, **kwargs)
        if selection.backend is not self._backend:
            with use_backend(self._backend):
                return self._call_here(args, kwargs)
        return self._call_here(args, kwargs)

    def _call_here(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        from multikeras.layers.direct_call import prepare_input

        signature = self._call_signature
        training = kwargs.pop("training", None) if not signature.takes_training else None
        try:
            bound = signature.bind(args, kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.call: {error}") from None
        backend = self._backend
        dtype = self.compute_dtype if self._autocast else None
        inputs = {
            name: prepare_input(value, backend, dtype, self) if name not in ("training", *signature.mask_of) else value
            for name, value in bound.items()
        }
        previous_masks = self._gather_masks(signature, inputs)
        if signature.takes_training:
            training = inputs.get("training")
        outer = calls.training
        if training is None:
            training = outer
        if signature.takes_training:
            inputs["training"] = training if training is not None else _default(signature, "training")
        first = inputs.get(signature.first) if signature.first else None
        if calls.depth == 0:
            self._clear_losses()
        calls.depth += 1
        calls.training = training
        before = scopes.autocast
        wanted = self.compute_dtype if self._mixed() else None
        try:
            self._admit(first, inputs)
            if wanted is not before:
                scopes.autocast = wanted
                scopes.refresh()
            positional, keywords = _spread(signature, inputs)
            outputs = self.call(*positional, **keywords)
            if self.activity_regularizer is not None:
                self._add_activity_losses(outputs)
        except Exception as error:
            self._add_context(error, args, kwargs)
            raise
        finally:
            if wanted is not before:
                scopes.autocast = before
                scopes.refresh()
            calls.training = outer
            calls.depth -= 1
        if previous_masks is not None:
            self._hand_on_masks(first, outputs, previous_masks)
        return outputs

    def _gather_masks(self, signature: Any, inputs: dict[str, Any]) -> Any:
        """Fill in mask arguments from the masks of tensors; returns those of the first argument, `None` for none."""
        if not masks.live and not any(name in inputs for name in signature.mask_of):
            return None
        for mask_name, name in signature.mask_of.items():
            if inputs.get(mask_name) is None and name in inputs:
                found = map_structure(get_mask, inputs[name])
                if any(m is not None for m in flatten(found)):
                    inputs[mask_name] = found
        previous = inputs.get("mask") if signature.mask_of.get("mask") else None
        if previous is None and signature.first in inputs:
            previous = map_structure(get_mask, inputs[signature.first])
        return previous if any(m is not None for m in flatten(previous)) else None

    def _hand_on_masks(self, inputs: Any, outputs: Any, previous: Any) -> None:
        if not self.supports_masking:
            import warnings

            warnings.warn(
                f"Layer {self.name!r} ({type(self).__name__}) does not hand on masks: the mask of its input ends here. "
                "Set `supports_masking = True` if its output has the same steps.",
                stacklevel=4,
            )
            return
        computed = self.compute_mask(inputs, previous)
        flat_outputs, flat_masks = flatten(outputs), flatten(computed)
        if len(flat_masks) == 1 and len(flat_outputs) > 1:
            flat_masks = flat_masks * len(flat_outputs)
        given = {id(x) for x in flatten(inputs)}
        for x, mask in zip(flat_outputs, flat_masks, strict=True):
            # An output that is the input itself keeps its own.
            if id(x) not in given and mask is not None:
                set_mask(x, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks of the outputs, given those of the inputs: the same ones by default."""
        return previous_mask

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for some inputs. Every subclass defines it.

        Raises:
            NotSupportedError: The subclass does not.
        """
        raise NotSupportedError(f"{type(self).__name__} defines `call`.", hint="def call(self, inputs): ...")

    def _add_context(self, error: Exception, args: tuple, kwargs: dict[str, Any]) -> None:
        from multikeras.ops._op import describe_value

        shown = [describe_value(a) for a in args] + [f"{k}={describe_value(v)}" for k, v in kwargs.items()]
        error.add_note(f"in layer {self.path!r} ({type(self).__name__}) called with {', '.join(shown)}")

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The symbolic outputs of a call, recorded as a node."""
        signature = self._call_signature
        given = dict(kwargs)
        if not signature.takes_training:
            given.pop("training", None)
        bound = signature.bind(args, given)
        for tensor in flatten(bound):
            if isinstance(tensor, Variable) and tensor._backend is not self._backend:
                raise MixedBackendsError(f"Layer {self.name!r} belongs to {self.backend}.", received=repr(tensor))
        outer = calls.training
        if kwargs.get("training") is not None:
            calls.training = kwargs["training"]
        try:
            self._admit(bound.get(signature.first) if signature.first else None, bound)
            with use_backend(self._backend):
                outputs = self.compute_output_spec(*args, **given)
        except Exception as error:
            self._add_context(error, args, kwargs)
            raise
        finally:
            calls.training = outer
        if recording.on:
            Node(self, args, given, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """`KerasTensor`s with the shapes and dtypes of the outputs."""
        kind = binding.unbound(type(self))
        if kind.compute_output_shape is not Layer.compute_output_shape:
            return self._spec_by_shape(args, kwargs)
        from multikeras.graph.call import without_history

        dtype = self.compute_dtype if self._autocast else None

        def cast(x: Any) -> Any:
            if dtype and isinstance(x, KerasTensor) and lattice.is_float(x.dtype) and x.dtype != dtype:
                return KerasTensor(x.shape, dtype)
            return x

        args, kwargs = map_structure(cast, (args, kwargs))
        before = scopes.autocast
        scopes.autocast = self.compute_dtype if self._mixed() else None
        scopes.refresh()
        try:
            with use_backend(self._backend):
                return without_history(self.call, *args, **kwargs)
        finally:
            scopes.autocast = before
            scopes.refresh()

    def _spec_by_shape(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        bound = self._call_signature.bind(args, kwargs)
        shapes = {
            name: map_structure(lambda x: x.shape if isinstance(x, KerasTensor) else None, value)
            for name, value in bound.items()
            if any_symbolic(flatten(value))
        }
        names = build_names(binding.unbound(type(self)).compute_output_shape)
        if len(names) <= 1:
            result = self.compute_output_shape(next(iter(shapes.values())))
        else:
            result = self.compute_output_shape(**{n: shapes.get(n.removesuffix("_shape")) for n in names})
        return _symbolic_inputs(result, self.compute_dtype)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes of the outputs for some input shapes: those of a call on symbolic tensors."""
        inputs = [_symbolic_inputs(shape, self.compute_dtype) for shape in args]
        named = {k.removesuffix("_shape"): _symbolic_inputs(v, self.compute_dtype) for k, v in kwargs.items()}
        names = self._call_signature.names
        self._ensure_built(dict(zip(names, inputs, strict=False)) | named)
        outputs = Layer.compute_output_spec(self, *inputs, **named)
        return map_structure(lambda x: x.shape, outputs)

    # -- Losses -----------------------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss that is minimized; to be called in `call`.

        Args:
            loss: A scalar tensor, or several in a list.

        Raises:
            ShapeError: One is no scalar.
        """
        for value in flatten(loss):
            if tuple(getattr(value, "shape", ())) != ():
                raise ShapeError("A loss that a layer adds is a scalar.", received=str(getattr(value, "shape", None)))
            if isinstance(value, KerasTensor):
                continue
            self._losses.append(value)
        if not self._adds_losses:
            # Layers above must collect losses from now on, so their direct paths are decided anew.
            self._adds_losses = True
            adders.count += 1

    def _add_activity_losses(self, outputs: Any) -> None:
        from multikeras import ops

        for x in flatten(outputs):
            if x is not None:
                size = max(ops.shape(x)[0], 1) if x.shape else 1
                self.add_loss(ops.divide(self.activity_regularizer(x), size))

    def _clear_losses(self) -> None:
        for layer in self._flatten_layers():
            if layer._losses:
                layer._losses.clear()

    def _own_losses(self) -> list[Any]:
        """Losses added in the last call, and those of the regularizers of its own and its layers' weights."""
        found = [loss for layer in self._flatten_layers() for loss in layer._losses]
        for v in self.trainable_weights:
            if v.regularizer is not None:
                found.append(v.regularizer(v))
        return found

    @property
    def losses(self) -> list[Any]:
        """Scalars that are added to the loss: from `add_loss`, activity regularizers and weight regularizers."""
        with use_backend(self._backend):
            return self._own_losses()

    # -- Stateless calls --------------------------------------------------------------------------------------

    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """A call as a pure function of the variables' values.

        Args:
            trainable_variables: Values for `trainable_variables`, in order.
            non_trainable_variables: Values for `non_trainable_variables`, in order.
            args: Arguments of the call.
            return_losses: Whether the layers' losses are returned too.
            kwargs: Keyword arguments of the call.

        Returns:
            `(outputs, non_trainable_variables)`, the latter after the call; with `return_losses` also the losses.

        Raises:
            NotBuiltError: The layer is not built.
        """
        from multikeras.state.scope import StatelessScope

        self._check_initialized()
        if not self.built:
            raise NotBuiltError(f"Layer {self.name!r} is built before a stateless call.", hint="layer.build(shape)")
        trainable, others = self.trainable_variables, self.non_trainable_variables
        for variables, values in ((trainable, trainable_variables), (others, non_trainable_variables)):
            if len(variables) != len(values):
                raise ArgumentError(
                    "A stateless call takes one value for each variable.",
                    received=f"{len(values)} values for {len(variables)} variables",
                )
        pairs = [*zip(trainable, trainable_variables, strict=True), *zip(others, non_trainable_variables, strict=True)]
        with use_backend(self._backend), StatelessScope(pairs, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = self._own_losses() if return_losses else None
            self._clear_losses()
        updated = [scope.get_current_value(v) for v in others]
        return (outputs, updated, losses) if return_losses else (outputs, updated)

    # -- Saving -----------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer.

        A subclass without a `get_config` of its own gets the arguments of its constructor, where all can be written
        down.

        Raises:
            NotSupportedError: They can't.
        """
        from multikeras.saving.object_registration import is_plain

        config: dict[str, Any] = {"name": self.name, "trainable": self._trainable}
        from multikeras.saving.serialization import serialize_keras_object

        config["dtype"] = serialize_keras_object(self._dtype_policy)
        if self.activity_regularizer is not None:
            from multikeras import regularizers

            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        kind = binding.unbound(type(self))
        if kind.get_config is not Layer.get_config or kind.__init__ is Layer.__init__:
            return config
        # What every layer is asked for is written down above, as it is today.
        given = {k: v for k, v in self._constructor_arguments(kind).items() if k not in config}
        for name, value in given.items():
            if not is_plain(value):
                raise NotSupportedError(
                    f"{kind.__name__} defines `get_config`, since an argument of its constructor is no plain value.",
                    received=f"{name}={value!r}",
                    hint="def get_config(self): return {**super().get_config(), ...}",
                )
        import inspect

        known = inspect.signature(kind.__init__).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            config = {k: v for k, v in config.items() if k in known}
        return {**config, **given}

    def _config_of(self, *names: str) -> dict[str, Any]:
        """Attributes that are arguments of the constructor, by name, in a form that can be written down."""
        from multikeras import activations
        from multikeras.saving.serialization import serialize_keras_object

        return {
            name: (activations.serialize if name.endswith("activation") else serialize_keras_object)(
                getattr(self, name)
            )
            for name in names
        }

    def _constructor_arguments(self, kind: type) -> dict[str, Any]:
        import inspect

        args, kwargs = self._init_arguments
        bound = inspect.signature(kind.__init__).bind(self, *args, **kwargs)
        given: dict[str, Any] = {}
        for name, value in list(bound.arguments.items())[1:]:
            if bound.signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                given.update(value)
            else:
                given[name] = value
        return given

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a `get_config`."""
        if isinstance(config.get("dtype"), dict):
            config = {**config, "dtype": policies.get(config["dtype"])}
        return cls(**config)

    def save_own_variables(self, store: dict[str, Any]) -> None:
        """Write the variables that this layer itself holds into a mapping, under "0", "1", ..."""
        for i, v in enumerate(self._own_variables()):
            store[str(i)] = v.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Assign the values of `save_own_variables`.

        Raises:
            ShapeError: There are more or fewer of them than variables.
        """
        variables = self._own_variables()
        if len(store.keys()) != len(variables):
            if not variables and not self.built:
                raise NotBuiltError(
                    f"Layer {self.name!r} has no variables yet, but the file has {len(store.keys())}.",
                    hint="build the model, or call it on a batch, before loading weights",
                )
            raise ShapeError(
                f"Layer {self.name!r} has {len(variables)} variables.", received=f"{len(store.keys())} in the file"
            )
        for i, v in enumerate(variables):
            v.assign(store[str(i)])

    def __reduce__(self) -> tuple:
        return binding.reduce(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {k: v for k, v in vars(self).items() if k not in self._internal_attributes}
        for name in ("built", "_own_weights", "_build_shapes", "input_spec", "_init_arguments", "_initialized"):
            state[name] = getattr(self, name)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        if self._bind_attribute is not None:
            for v in self._own_weights:
                self._bind_attribute(v.name, v)
            for name, value in state.items():
                if name not in self._internal_attributes:
                    self._bind_attribute(name, value)
        if self.built:
            self._freeze()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _symbolic_inputs(shape: Any, dtype: str) -> Any:
    """`KerasTensor`s for nested shapes."""
    if shape is None:
        return None
    if isinstance(shape, dict):
        return {k: _symbolic_inputs(v, dtype) for k, v in shape.items()}
    if isinstance(shape, (list, tuple)) and not all(isinstance(s, (int, type(None))) for s in shape):
        return type(shape)(_symbolic_inputs(s, dtype) for s in shape)
    return KerasTensor(shape, dtype)


def _as_shape(value: Any) -> Any:
    """Shapes as JSON gives them, lists, as tuples."""
    if isinstance(value, dict):
        return {k: _as_shape(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        if all(isinstance(v, (int, type(None))) for v in value):
            return tuple(value)
        return [_as_shape(v) for v in value]
    return value


def _default(signature: Any, name: str) -> Any:
    default = signature.signature.parameters[name].default
    return default if default is not None and default is not signature.signature.empty else False


def _spread(signature: Any, inputs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Bound arguments as positional and keyword ones."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, p in signature.signature.parameters.items():
        if name not in inputs:
            continue
        if p.kind is p.VAR_POSITIONAL:
            positional += inputs[name]
        elif p.kind is p.VAR_KEYWORD:
            keywords.update(inputs[name])
        elif p.kind is p.KEYWORD_ONLY or keywords or len(positional) < list(signature.signature.parameters).index(name):
            keywords[name] = inputs[name]
        else:
            positional.append(inputs[name])
    return positional, keywords
