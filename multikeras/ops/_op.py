"""One declaration per op: from a plain `def` and one decorator come dispatch, symbolic calls and error text.

The decorated function is replaced by a generated one of the same signature. Its fast path is a look-up by the types of
the
tensor arguments; anything unusual (symbolic or mixed arguments, Python numbers, host arrays, dtypes to promote, a
failure) goes to `Op.slow`, which decides everything from the declaration.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from multikeras.backend import registry
from multikeras.backend.contract import Backend
from multikeras.backend.select import current, selection, use_backend
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, MixedBackendsError, MultikerasError
from multikeras.graph.keras_tensor import KerasTensor, any_symbolic
from multikeras.ops._numbers import fast_entry, stays, takes_numbers
from multikeras.state.variable import VARIABLE_CLASSES, Variable

DECLARED: dict[str, Op] = {}
"""Every op by name, in the order of declaration."""

HOST_TYPES = (np.ndarray, np.generic)

# Kinds of host arrays that hold objects, texts, bytes and times. The numbers of ml_dtypes are of kind "V".
_NO_NUMBERS = "OSUmM"

_MISSING = object()

_PYTHON_NUMBERS = frozenset({int, float, bool, complex})


_NONE = type(None)


class _MIXED:
    """The type of a sequence of tensors that are not all of one type."""


# Native float dtypes of the backends met so far: what "float" ops take as it is.
_floating: set[Any] = set()
# Likewise all but bool: what "number" ops take as it is.
_numbers: set[Any] = set()
# The backend that owns a type of native tensor, found once per type.
_owners: dict[type, Backend | None] = {}


class Parameter(NamedTuple):
    """One parameter of an op.

    Args:
        name: Its name.
        position: Its place in the signature.
        tensor: Whether it takes a tensor.
        many: Whether it takes a sequence of tensors.
        default: Its default, or `inspect.Parameter.empty`.
        optional: Whether it may be `None`.
    """

    name: str
    position: int
    tensor: bool
    many: bool
    default: Any
    optional: bool


class Op:
    """The declaration of one op; an op's function carries it as `function.op`.

    Args:
        name: Dotted name below `multikeras.ops`, such as `"add"` or `"image.resize"`.
        function: The decorated function: signature, docstring and, of a composite, the body.
        infer: The shape and dtype rule, called like the op with a `Spec` in the place of each tensor. Its attribute
            `cast` says which dtypes the implementation takes: `None` those given, `"promote"` the common one of all
            tensor
            arguments, `"number"` that one but int32 for bool, `"float"` that one made floating; its attribute `casts`
            names the parameters that this concerns, where not all.
        reference: The independent oracle in NumPy, called like the op.
        cases: Sample inputs for the conformance suite.
        composite: Whether `function` has a body.
        differentiable: Whether gradients flow, or the names of the tensor parameters through which they flow.
        explain: Called like the op, with NumPy arrays for tensors, after a native failure that `infer` finds no fault
            with; raises the error where the values are wrong, such as an index out of range.
    """

    def __init__(
        self,
        name: str,
        function: Callable,
        infer: Callable | None,
        reference: Callable | None,
        cases: Sequence[Any],
        composite: bool,
        differentiable: bool | Sequence[str] = True,
        explain: Callable | None = None,
    ) -> None:
        self.name = name
        self.function: Callable = function
        self.signature = inspect.signature(function)
        self.parameters = tuple(_parameters(self.signature))
        self.tensor_parameters = tuple(p for p in self.parameters if p.tensor)
        self.infer = infer
        self.cast: str | None = getattr(infer, "cast", None)
        casts = getattr(infer, "casts", None)
        self.cast_parameters = tuple(p for p in self.tensor_parameters if casts is None or p.name in casts)
        self.reference = reference
        self.cases = tuple(cases)
        self.body = function if composite else None
        self.differentiable = differentiable
        self.explain = explain
        kinds = [p.kind for p in self.signature.parameters.values()]
        self.star = kinds.index(inspect.Parameter.VAR_POSITIONAL) if inspect.Parameter.VAR_POSITIONAL in kinds else None
        self.keywords = inspect.Parameter.VAR_KEYWORD in kinds
        self._plain_call = self.star is None and not self.keywords
        self.fast: dict[Any, Callable] = {}
        self.beside_numbers: dict[Any, Callable] = {}
        self._key = _key_builder(self)
        self._bodies: dict[str, Callable] = {}

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def __reduce__(self) -> tuple:
        return _declared, (self.name,)

    # -- The slow path ----------------------------------------------------------------------------------------

    def slow(self, *arguments: Any) -> Any:
        """Run the op on any arguments: every one of the signature, by position, `*rest` as one, `**rest` as one."""
        values = list(arguments)
        leaves: list[Any] = []
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is None:
                continue
            if p.many:
                value = self._sequence(p, value)
                values[p.position] = value
                leaves += value
            else:
                if isinstance(value, Variable):
                    values[p.position] = value = value.value
                elif type(value) not in _PYTHON_NUMBERS and hasattr(value, "__multikeras_tensor__"):
                    values[p.position] = value = value.__multikeras_tensor__()
                leaves.append(value)
        if any_symbolic(leaves):
            return self.symbolic(values)
        backend, plain = self._owner(leaves)
        lifted = bool(backend.ops.lifted) and any(type(x) in backend.ops.lifted for x in leaves)
        implementation = backend.ops.resolve(self, lifted)
        numbers = not plain and implementation is not self.body and takes_numbers(self, backend, values)
        given = values
        if not plain or self.cast is not None:
            values = list(given)
            self._convert(values, backend, numbers)
        if implementation is self.body:
            implementation = self._body_on(backend)
        try:
            result = implementation(*values) if self._plain_call else self.invoke(implementation, values)
        except Exception as error:
            raise self.translate(error, given, backend) from error
        if plain:
            self._remember(arguments, backend, implementation)
        elif numbers and self._key is not None and self._plain_call:
            entry = fast_entry(self, given, backend, implementation)
            if entry is not None:
                self.beside_numbers[self._key(given)] = entry
        return result

    def _body_on(self, backend: Backend) -> Any:
        """The body, run with `backend` as the current one: what it makes anew is made there."""
        found = self._bodies.get(backend.name)
        if found is not None:
            return found
        body = self.body
        assert body is not None

        def scoped(*values: Any, **keywords: Any) -> Any:
            if selection.backend is backend:
                return body(*values, **keywords)
            with use_backend(backend):
                return body(*values, **keywords)

        self._bodies[backend.name] = scoped
        return scoped

    def _leaves(self, values: Sequence[Any]) -> list[Any]:
        leaves: list[Any] = []
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is not None:
                if p.many:
                    leaves += value
                else:
                    leaves.append(value)
        return leaves

    def _sequence(self, p: Parameter, value: Any) -> list[Any]:
        if not issubclass(type(value), (list, tuple)):
            tensor: Any = value
            is_tensor = owner_of(type(value)) is not None or issubclass(
                type(value), (KerasTensor, Variable, *HOST_TYPES)
            )
            if is_tensor:
                if getattr(tensor, "ndim", None) == 0:
                    raise ArgumentError(
                        f"ops.{self.name} takes a list or tuple of tensors as `{p.name}`.", received="a scalar tensor"
                    )
                if tensor.shape[0] is None:
                    raise ArgumentError(
                        f"ops.{self.name} takes a list or tuple of tensors as `{p.name}`.",
                        received=f"one tensor, {describe_value(tensor)}, with an unknown number of entries",
                    )
                return [tensor[i] for i in range(tensor.shape[0])]
            try:
                value = list(value)
            except TypeError:
                raise ArgumentError(
                    f"ops.{self.name} takes a list or tuple of tensors as `{p.name}`.", received=repr(value)
                ) from None
        return [x.value if isinstance(x, Variable) else x for x in value]

    def _owner(self, leaves: list[Any]) -> tuple[Backend, bool]:
        """The backend that runs the call, and whether every tensor argument is its own already."""
        owner: Backend | None = None
        plain = True
        host = False
        for leaf in leaves:
            found = _owners.get(type(leaf), _MISSING)
            if found is _MISSING:
                found = owner_of(type(leaf))
            if found is None:
                if isinstance(leaf, HOST_TYPES):
                    host = True
                else:
                    plain = False
            elif owner is None:
                owner = found  # type: ignore[assignment]
            elif owner is not found:
                raise MixedBackendsError(
                    f"The tensors of one call belong to one backend: ops.{self.name}.",
                    received=f"tensors of {owner.name} and of {found.name}",  # type: ignore[union-attr]
                    hint="multikeras.ops.convert_to_numpy(x) on one of them",
                )
        if owner is None:
            owner = current()
            # Host arrays are native to some backends, so that these are plain calls too.
            plain = (bool(leaves) or not self.tensor_parameters) and all(
                isinstance(leaf, owner.tensors.types) for leaf in leaves
            )
        elif host and np.ndarray not in owner.tensors.types:
            plain = False
        _meet(owner)
        return owner, plain

    def _convert(self, values: list[Any], backend: Backend, numbers: bool = False) -> None:
        """Make every tensor argument native, with the dtypes that the rule asks for.

        Under `numbers`, Python numbers stay where they mean the same.
        """
        tensors = backend.tensors
        specs: list[Spec] = []
        names: set[str] = set()
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is None:
                continue
            for leaf in value if p.many else (value,):
                spec = argument_spec(leaf, backend)
                specs.append(spec)
                if p in self.cast_parameters:
                    names.add(spec.dtype)
        common: str | None = None
        if self.cast is not None and names:
            common = cast_dtype(self.cast, names)
        index = 0
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is None:
                continue
            target = common if p in self.cast_parameters else None
            if p.many:
                made = []
                for leaf in value:
                    made.append(_native(leaf, specs[index], target, tensors))
                    index += 1
                values[p.position] = made
            else:
                if not (numbers and target is not None and stays(value, target, backend)):
                    values[p.position] = _native(value, specs[index], target, tensors)
                index += 1

    def _remember(self, arguments: Sequence[Any], backend: Backend, implementation: Callable) -> None:
        if self._key is None:
            if not self.tensor_parameters:
                self.fast[backend] = implementation
            return
        key = self._key(arguments)
        types = key if isinstance(key, tuple) else (key,)
        if any(t is not _NONE and not issubclass(t, HOST_TYPES) and owner_of(t) is None for t in types):
            # Objects that stand for a tensor, or a sequence of several types.
            return
        if any(issubclass(t, HOST_TYPES) for t in types):
            # Which backend host arrays belong to depends on which one is current.
            guard = self.fast.get(key)
            if not isinstance(guard, _HostEntry):
                guard = self.fast[key] = _HostEntry(self) if self._plain_call else _HostKeywordEntry(self)
            guard.by_backend[backend] = implementation
        else:
            self.fast[key] = implementation

    def invoke(self, function: Callable, values: Sequence[Any]) -> Any:
        """Call a function that has the op's parameters with one value for each of them."""
        if self._plain_call:
            return function(*values)
        rest = values[-1] if self.keywords else {}
        end = len(values) - 1 if self.keywords else len(values)
        if self.star is None:
            return function(*values[:end], **rest)
        named = {p.name: values[p.position] for p in self.parameters[self.star + 1 : end]}
        return function(*values[: self.star], *values[self.star], **named, **rest)

    def bind(self, arguments: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
        """One value for each parameter of the op, from the arguments of a call."""
        bound = self.signature.bind(*arguments, **keywords)
        bound.apply_defaults()
        return list(bound.arguments.values())

    # -- Symbolic ---------------------------------------------------------------------------------------------

    def symbolic(self, values: Sequence[Any]) -> Any:
        """The symbolic result of a call in which a tensor argument is a `KerasTensor`."""
        from multikeras.graph.call import op_node

        return op_node(self, values)

    def result_spec(self, values: Sequence[Any]) -> Any:
        """The `Spec` (or nested `Spec`s) of the result, tensors being given as anything that has a spec."""
        backend = None
        converted = list(values)
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is None:
                continue
            if p.many:
                converted[p.position] = [argument_spec(x, backend) for x in value]
            else:
                converted[p.position] = argument_spec(value, backend)
        if self.infer is not None:
            return self.invoke(self.infer, converted)
        from multikeras.graph.call import body_spec

        return body_spec(self, converted)

    # -- Errors -----------------------------------------------------------------------------------------------

    def translate(self, error: Exception, values: Sequence[Any], backend: Backend) -> Exception:
        """Our error for a failure: what the op's own rule says of the same arguments.

        That goes before an error of ours from inside a composite's body too, which speaks of another op. Where the rule
        finds nothing wrong, the error is returned as it is, a native one with the call as a note.
        """
        native = not isinstance(error, MultikerasError)
        if not native and (self.body is None or self.infer is None):
            return error
        try:
            self.result_spec(values)
            if self.explain is not None:
                self.explain(*self._on_host(values))
        except MultikerasError as ours:
            return ours
        except Exception:  # noqa: BLE001, S110 - the rule itself is at fault; the native error says more
            pass
        if native:
            error.add_note(f"in ops.{self.name}({self.describe(values)}) on the {backend.name} backend")
        return error

    def _on_host(self, values: Sequence[Any]) -> list[Any]:
        """The arguments of a call with NumPy arrays for tensors. Raises whatever happens where these have no values."""
        converted = list(values)
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is not None:
                converted[p.position] = [_host(x) for x in value] if p.many else _host(value)
        return converted

    def describe(self, values: Sequence[Any]) -> str:
        """The arguments of a call, tensors by dtype and shape."""
        parts = []
        for p in self.parameters:
            value = values[p.position]
            if value is not p.default and not (self.keywords and p is self.parameters[-1] and not value):
                parts.append(f"{p.name}={describe_value(value)}")
        return ", ".join(parts)


class _HostEntry:
    """A fast entry for host arrays: runs the implementation of the current backend."""

    def __init__(self, op: Op) -> None:
        self.op = op
        self.by_backend: dict[Any, Callable] = {}

    def __call__(self, *values: Any) -> Any:
        implementation = self.by_backend.get(selection.backend)
        if implementation is None:
            return self.op.slow(*values)
        return implementation(*values)


class _HostKeywordEntry(_HostEntry):
    """The same for ops with a `*rest` or `**rest` parameter."""

    def __call__(self, *values: Any, **keywords: Any) -> Any:
        implementation = self.by_backend.get(selection.backend)
        if implementation is None:
            return self.op.slow(*self.op.bind(values, keywords))
        return implementation(*values, **keywords)


def owner_of(kind: type) -> Backend | None:
    """The loaded backend to whose native tensors a type belongs; `None` for host arrays and everything else."""
    if kind in _owners:
        return _owners[kind]
    found: Backend | None = None
    if issubclass(kind, HOST_TYPES):
        _owners[kind] = None
        return None
    for backend in registry.loaded():
        if issubclass(kind, backend.tensors.types):
            found = backend
            break
    # Only hits are kept: a type unknown today may belong to a backend that is loaded tomorrow.
    if found is not None or kind in (int, float, bool, complex, list, tuple):
        _owners[kind] = found
    return found


def _meet(backend: Backend) -> None:
    """Learn the native float dtypes of a backend at its first call."""
    if backend.name in _met:
        return
    _met.add(backend.name)
    for name in (*lattice.INTEGERS, *lattice.FLOATS, *lattice.COMPLEX):
        try:
            native = backend.tensors.native_dtype(name)
        except MultikerasError:
            continue
        _numbers.add(native)
        if name not in lattice.INTEGERS:
            _floating.add(native)


# By name: in a trace of `torch.compile` a backend has no hash.
_met: set[str] = set()


def cast_dtype(cast: str, names: set[str]) -> str:
    """The dtype that a rule's `cast` gives arguments of these dtypes, some of which may be weak."""
    common = lattice.weak_join(names)
    if cast == "float":
        return lattice.to_float(common)
    if cast == "number" and common == "bool":
        return "int32"
    return lattice.strong(common)


def argument_spec(x: Any, backend: Backend | None) -> Spec:
    """The spec of anything that an op takes for a tensor; weak dtypes for Python numbers."""
    if type(x) is Spec:
        return x
    if isinstance(x, KerasTensor):
        return Spec(x.shape, x.dtype)
    kind = type(x)
    if kind is float:
        return Spec((), "float")
    if kind is bool:
        return Spec((), "bool")
    if kind is int:
        return Spec((), "int")
    if kind is complex:
        return Spec((), "complex")
    if isinstance(x, HOST_TYPES):
        return Spec(x.shape, lattice.standardize(x.dtype))
    owner = _owners.get(kind) or owner_of(kind)
    if owner is not None:
        return owner.tensors.spec_of(x)
    if isinstance(x, Variable):
        return Spec(x.shape, x.dtype)
    return Spec(*host_spec(x))


def host_spec(x: Any) -> tuple[tuple[int, ...], str]:
    """Shape and dtype of what is no tensor yet, as a plain tuple."""
    array = host_array(x)
    return array.shape, array.dtype.name


def _host(x: Any) -> np.ndarray:
    owner = owner_of(type(x))
    return host_array(x) if owner is None else owner.tensors.to_numpy(x)


def host_array(x: Any) -> np.ndarray:
    """A NumPy array of anything that is not a tensor yet: numbers, nested lists, objects with `__array__`.

    Python numbers become int32 and floatx, as in Keras; integers beyond int32 become int64.
    """
    if isinstance(x, np.ndarray):
        return x
    if isinstance(x, (list, tuple)):
        x = [_host_leaf(e) for e in x]
    try:
        array = np.asarray(x)
    except (ValueError, TypeError) as error:
        raise ArgumentError("A tensor is made of numbers in a regular nesting.", received=describe_value(x)) from error
    if isinstance(x, np.generic) or hasattr(x, "__array__"):
        return array
    if array.dtype == np.int64:
        if array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31):
            array = array.astype(np.int32)
    elif array.dtype == np.float64 and not _has_float64(x):
        array = array.astype(lattice.numpy_dtype(lattice.strong("float")))
    elif array.dtype == np.complex128:
        array = array.astype(lattice.strong("complex"))
    elif array.dtype.kind in _NO_NUMBERS:
        raise ArgumentError("A tensor is made of numbers in a regular nesting.", received=describe_value(x))
    return array


def _host_leaf(x: Any) -> Any:
    if isinstance(x, (list, tuple)):
        return [_host_leaf(e) for e in x]
    if isinstance(x, Variable):
        return x.numpy()
    owner = owner_of(type(x))
    return owner.tensors.to_numpy(x) if owner is not None else x


def _has_float64(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(_has_float64(e) for e in x)
    return isinstance(x, HOST_TYPES) and x.dtype == np.float64


def _native(x: Any, spec: Spec, target: str | None, tensors: Any) -> Any:
    kind = type(x)
    if kind in (int, float, bool, complex):
        dtype = target or lattice.strong(spec.dtype)
        try:
            return tensors.from_numpy(np.asarray(x, lattice.numpy_dtype(dtype)))
        except OverflowError as error:
            raise ArgumentError("A Python number fits the dtype it meets.", received=f"{x!r} as {dtype}") from error
    if isinstance(x, HOST_TYPES) and not (spec.shape == () and isinstance(x, tensors.types)):
        if target is not None and spec.dtype != target:
            x = np.asarray(x).astype(lattice.numpy_dtype(target))
        return x if isinstance(x, tensors.types) else tensors.from_numpy(np.asarray(x))
    if not isinstance(x, tensors.types):
        array = np.asarray(_host_leaf(x), lattice.numpy_dtype(spec.dtype))
        if target is not None and spec.dtype != target:
            array = array.astype(lattice.numpy_dtype(target))
        return tensors.from_numpy(array)
    if target is not None and spec.dtype != target:
        return tensors.cast(x, target)
    return x


def describe_value(x: Any) -> str:
    """A value as error messages show it: tensors by dtype and shape."""
    if isinstance(x, (list, tuple)) and x and not all(isinstance(e, (int, float, str, type(None))) for e in x):
        inner = ", ".join(describe_value(e) for e in x)
        return f"[{inner}]" if isinstance(x, list) else f"({inner})"
    if isinstance(x, (Spec, KerasTensor, Variable, *HOST_TYPES)) or owner_of(type(x)) is not None:
        return str(argument_spec(x, None))
    text = repr(x)
    return text if len(text) <= 120 else text[:117] + "..."


# -- Declaring ------------------------------------------------------------------------------------------------


def _parameters(signature: inspect.Signature) -> list[Parameter]:
    found = []
    for position, p in enumerate(signature.parameters.values()):
        annotation = p.annotation if isinstance(p.annotation, str) else getattr(p.annotation, "__name__", "")
        many = "Sequence[Tensor" in annotation or (p.kind is p.VAR_POSITIONAL and "Tensor" in annotation)
        found.append(Parameter(p.name, position, "Tensor" in annotation, many, p.default, "None" in annotation))
    return found


def _key_builder(op: Op) -> Callable | None:
    """Makes the fast path's key of the arguments, one for each parameter; `None` where types do not decide."""
    positions = [p.position for p in op.tensor_parameters]
    if not positions:
        return None
    if len(positions) == 1:
        only = positions[0]
        if op.tensor_parameters[0].many:
            return lambda arguments: _one_type(arguments[only])
        return lambda arguments: type(arguments[only])
    if any(p.many for p in op.tensor_parameters):
        return None
    return lambda arguments: tuple(type(arguments[i]) for i in positions)


def _one_type(sequence: Any) -> type:
    types = set(map(type, sequence)) if type(sequence) in (list, tuple) else ()
    return types.pop() if len(types) == 1 else _MIXED  # type: ignore[union-attr]


def _generate(op: Op, function: Callable) -> Callable:
    """The public function of an op: the fast path, specialised to its signature."""
    header, call, bound = [], [], []
    namespace: dict[str, Any] = {"_slow": op.slow, "_get": op.fast.get, "_op": op, "_failed": _failed}
    namespace["_get_beside_numbers"] = op.beside_numbers.get
    namespace |= {"_variables": VARIABLE_CLASSES, "_floating": _floating, "_numbers": _numbers, "_selection": selection}
    keyword_only = False
    for p, raw in zip(op.parameters, op.signature.parameters.values(), strict=True):
        text = passed = p.name
        if raw.kind is raw.VAR_POSITIONAL:
            text = passed = "*" + p.name
            keyword_only = True
        elif raw.kind is raw.VAR_KEYWORD:
            text = passed = "**" + p.name
        elif raw.kind is raw.KEYWORD_ONLY:
            if not keyword_only:
                header.append("*")
                keyword_only = True
            if op.star is not None:
                passed = f"{p.name}={p.name}"
        if raw.default is not raw.empty:
            namespace[f"_default_{p.name}"] = raw.default
            text += f"=_default_{p.name}"
        header.append(text)
        call.append(passed)
        bound.append(p.name)
    lines = [f"def {function.__name__}({', '.join(header)}):"]
    values = ", ".join(bound)
    if not op.tensor_parameters:
        lines.append("    implementation = _get(_selection.backend)")
        lines += _attempt("implementation is not None", ", ".join(call), values, 4)
    elif op._key is not None and op.tensor_parameters[0].many:
        lines += _many_path(op, ", ".join(call), values)
    elif op._key is not None:
        lines += _typed_path(op, ", ".join(call), values)
    lines.append(f"    return _slow({values})")
    exec(compile("\n".join(lines), f"<multikeras.ops.{op.name}>", "exec"), namespace)  # noqa: S102 - our own text
    generated = namespace[function.__name__]
    generated.__doc__ = function.__doc__
    generated.__module__ = function.__module__
    generated.__qualname__ = function.__qualname__
    generated.__annotations__ = function.__annotations__
    generated.__wrapped__ = function
    generated.op = op
    return generated


def _attempt(condition: str, call: str, values: str, indent: int) -> list[str]:
    """Lines that run the implementation where the condition holds, and turn its failure into ours."""
    lines = [
        f"if {condition}:",
        "    try:",
        f"        return implementation({call})",
        "    except Exception as error:",
        f"        raise _failed(_op, error, ({values},)) from error",
    ]
    return [" " * indent + line for line in lines]


# The names that generated functions know the sets of native dtypes by, for each `cast` that needs one.
_DTYPE_SETS = {"float": "_floating", "number": "_numbers"}


def _typed_path(op: Op, call: str, values: str) -> list[str]:
    """The fast path of tensor parameters that take one tensor each."""
    tensors = [p.name for p in op.tensor_parameters]
    lines = [f"    if type({name}) in _variables: {name} = {name}.value" for name in tensors]
    key = f"type({tensors[0]})" if len(tensors) == 1 else f"({', '.join(f'type({t})' for t in tensors)})"
    lines += [f"    kinds = {key}", "    implementation = _get(kinds)"]
    condition = "implementation is not None"
    required = [p.name for p in op.cast_parameters if not p.optional]
    if op.cast is not None:
        first = required[0] if required else op.cast_parameters[0].name
        for p in op.cast_parameters:
            if p.name != first:
                same = f"{first}.dtype is {p.name}.dtype"
                condition += f" and {same}" if p.name in required else f" and ({p.name} is None or {same})"
        if op.cast in _DTYPE_SETS:
            condition += f" and {first}.dtype in {_DTYPE_SETS[op.cast]}"
    lines += _attempt(condition, call, values, 4)
    if op.cast is not None and len(op.cast_parameters) > 1 and op._plain_call:
        lines += [
            "    implementation = _get_beside_numbers(kinds)",
            f"    if implementation is not None: return implementation({call})",
        ]
    return lines


def _many_path(op: Op, call: str, values: str) -> list[str]:
    """The fast path of an op whose one tensor parameter takes a sequence: all of one type and, to promote, dtype."""
    name = op.tensor_parameters[0].name
    lines = []
    if op.star is None:
        lines += [f"    if (type({name}) is list or type({name}) is tuple) and {name}:"]
    else:
        lines += [f"    if {name}:"]
    lines += [
        f"        kind = type({name}[0])",
        "        implementation = _get(kind)",
        "        if implementation is not None:",
    ]
    differs = "type(each) is not kind"
    if op.cast is not None:
        lines.append(f"            dtype = {name}[0].dtype")
        differs += " or each.dtype is not dtype"
    if op.cast in _DTYPE_SETS:
        lines.append(f"            if dtype not in {_DTYPE_SETS[op.cast]}: implementation = None")
    lines += [
        f"            for each in {name}:",
        f"                if {differs}:",
        "                    break",
        "            else:",
    ]
    return lines + _attempt("implementation is not None", call, values, 16)


def _failed(op: Op, error: Exception, values: tuple) -> Exception:
    for p in op.tensor_parameters:
        value = values[p.position]
        owner = owner_of(type(value[0] if p.many and value else value))
        if owner is not None:
            return op.translate(error, values, owner)
    return op.translate(error, values, current())


def _declare(
    function: Callable,
    infer: Any,
    reference: Any,
    cases: Any,
    composite: bool,
    differentiable: Any,
    explain: Any,
    name: str | None,
) -> Callable:
    space = function.__module__.partition("multikeras.")[2]
    if name is None:
        name = ("random." if space.startswith("random") else "") + function.__name__
    op = Op(name, function, infer, reference, cases, composite, differentiable, explain)
    generated = _generate(op, function)
    op.function = generated
    DECLARED[name] = op
    return generated


def primitive(
    *,
    infer: Callable,
    reference: Callable | None,
    cases: Sequence[Any],
    differentiable: bool | Sequence[str] = True,
    explain: Callable | None = None,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Declare an op that each backend supplies from its native kernels. See `Op` for the arguments."""

    def decorate(function: Callable) -> Callable:
        return _declare(function, infer, reference, cases, False, differentiable, explain, name)

    return decorate


def composite(
    *,
    infer: Callable | None = None,
    reference: Callable | None,
    cases: Sequence[Any],
    differentiable: bool | Sequence[str] = True,
    explain: Callable | None = None,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Declare an op whose body, written in other ops, runs everywhere. See `Op` for the arguments."""

    def decorate(function: Callable) -> Callable:
        return _declare(function, infer, reference, cases, True, differentiable, explain, name)

    return decorate


def _declared(name: str) -> Op:
    import multikeras.ops  # noqa: F401 - declares them all

    return DECLARED[name]
