"""One declaration per op: from a plain `def` and one decorator come dispatch, symbolic calls and error text.

The decorated function is replaced by a generated one of the same signature (`_fast`), whose fast path is a look-up by
the types of the tensor arguments; anything unusual goes to `Op.slow` (`_slow`), which decides everything from the
declaration.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from multikeras.backend.contract import Backend
from multikeras.backend.select import on_backend, selection
from multikeras.dtypes.lattice import is_complex, standardize
from multikeras.errors import DTypeError, MultikerasError
from multikeras.ops._arguments import argument_error
from multikeras.ops._fast import fast_function, key_builder, looked_up
from multikeras.ops._owners import native_dtypes
from multikeras.ops._slow import call_any
from multikeras.ops._values import argument_spec, describe_value, on_host

DECLARED: dict[str, Op] = {}
"""Every op by name, in the order of declaration."""


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
        unique: Called with the results, arrays or tensors, returns what of them is the same wherever they are right: of
            decompositions, which are unique up to signs. By default the results themselves.
        real: Whether the tensors are of real numbers: complex ones have no meaning, such as where they would need an
            order. They are refused on every backend, whatever its kernel would make of them.
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
        unique: Callable | None = None,
        real: bool = False,
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
        made_in = getattr(infer, "made_in", None)
        self.made_in = None if made_in is None else list(self.signature.parameters).index(made_in)
        self.reference = reference
        self.cases = tuple(cases)
        self.body = function if composite else None
        self.differentiable = differentiable
        self.explain = explain
        self.unique = unique
        self.real = real
        # Which dtypes its fast path looks for, where it does; see `native_dtypes`.
        self.looked_up = looked_up(self.cast, real)
        raws = self.signature.parameters.values()
        self._dtype_positions = tuple(i for i, raw in enumerate(raws) if str(raw.annotation).startswith("DType"))
        kinds = [p.kind for p in raws]
        self.star = kinds.index(inspect.Parameter.VAR_POSITIONAL) if inspect.Parameter.VAR_POSITIONAL in kinds else None
        self.keywords = inspect.Parameter.VAR_KEYWORD in kinds
        self._plain_call = self.star is None and not self.keywords
        self.fast: dict[Any, Callable] = {}
        # For each of those types the dtypes that need no cast.
        self.taken: dict[Any, frozenset[Any]] = {}
        self.beside_numbers: dict[Any, Callable] = {}
        self._key = key_builder(self)
        self._bodies: dict[str, Callable] = {}

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def __reduce__(self) -> tuple:
        return _declared, (self.name,)

    def slow(self, *arguments: Any) -> Any:
        """Run the op on any arguments: every one of the signature, by position, `*rest` as one, `**rest` as one."""
        return call_any(self, arguments)

    def body_on(self, backend: Backend) -> Callable:
        """The body, run with `backend` as the current one: what it makes anew is made there."""
        found = self._bodies.get(backend.name)
        if found is not None:
            return found
        body = self.body
        assert body is not None

        def scoped(*values: Any, **keywords: Any) -> Any:
            if selection.backend is backend:
                return body(*values, **keywords)
            with on_backend(backend):
                return body(*values, **keywords)

        self._bodies[backend.name] = scoped
        return scoped

    def learn(self, key: Any, backend: Backend, implementation: Callable) -> None:
        """Take tensors of these types straight to an implementation from now on."""
        self.fast[key] = implementation
        if self.looked_up is not None:
            # Host arrays may belong to several backends, which all have NumPy's dtypes.
            self.taken[key] = self.taken.get(key, frozenset()) | native_dtypes(backend, self.looked_up)

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
                if p.default is inspect.Parameter.empty and not p.optional:
                    raise argument_error(self, values) or AssertionError
                continue
            if p.many:
                converted[p.position] = [argument_spec(x, backend) for x in value]
            else:
                converted[p.position] = argument_spec(value, backend)
        if self.real:
            self._require_real(converted)
        for position in self._dtype_positions:
            if values[position] is not None and standardize(values[position]) == "string":
                raise DTypeError("Ops make numbers, not texts.", received="dtype='string'", hint="dtype='int32'")
        try:
            if self.infer is not None:
                return self.invoke(self.infer, converted)
            from multikeras.graph.call import body_spec

            return body_spec(self, converted)
        except MultikerasError:
            raise
        except Exception as error:
            # A rule takes the kinds of its arguments for granted.
            found = argument_error(self, values)
            if found is None:
                raise
            raise found from error

    # -- Errors -----------------------------------------------------------------------------------------------

    def _require_real(self, specs: Sequence[Any]) -> None:
        given = [(p.name, specs[p.position]) for p in self.tensor_parameters if specs[p.position] is not None]
        each = [spec for _, some in given for spec in (some if isinstance(some, list) else (some,))]
        if any(is_complex(spec.dtype) for spec in each):
            raise DTypeError(
                f"ops.{self.name} takes real numbers.",
                received=", ".join(
                    f"{name}=[{', '.join(map(str, some))}]" if isinstance(some, list) else f"{name}={some}"
                    for name, some in given
                ),
                hint=f"ops.real({given[0][0]})",
            )

    def translate(self, error: Exception, values: Sequence[Any], backend: Backend) -> Exception:
        """Our error for a failure: what the op's own rule says of the same arguments.

        That goes before an error of ours too: from inside a composite's body, where it speaks of another op, and from a
        primitive, where it speaks of what one backend lacks or of values. Where the rule finds nothing wrong, the error
        is returned as it is, a native one with the call as a note.
        """
        native = not isinstance(error, MultikerasError)
        if not native and self.infer is None:
            return argument_error(self, values) or error
        try:
            self.result_spec(values)
            if self.explain is not None:
                self.explain(*self._on_host(values))
        except MultikerasError as ours:
            return ours
        except Exception:  # noqa: BLE001, S110 - the rule itself is at fault; the native error says more
            pass
        found = argument_error(self, values)
        if found is not None:
            return found
        if native:
            error.add_note(f"in ops.{self.name}({self.describe(values)}) on the {backend.name} backend")
        return error

    def _on_host(self, values: Sequence[Any]) -> list[Any]:
        """The arguments of a call with NumPy arrays for tensors. Raises whatever happens where these have no values."""
        converted = list(values)
        for p in self.tensor_parameters:
            value = values[p.position]
            if value is not None:
                converted[p.position] = [on_host(x) for x in value] if p.many else on_host(value)
        return converted

    def describe(self, values: Sequence[Any]) -> str:
        """The arguments of a call, tensors by dtype and shape."""
        parts = []
        for p in self.parameters:
            value = values[p.position]
            if value is not p.default and not (self.keywords and p is self.parameters[-1] and not value):
                parts.append(f"{p.name}={describe_value(value)}")
        return ", ".join(parts)


# -- Declaring ------------------------------------------------------------------------------------------------


def _parameters(signature: inspect.Signature) -> list[Parameter]:
    found = []
    for position, p in enumerate(signature.parameters.values()):
        annotation = p.annotation if isinstance(p.annotation, str) else getattr(p.annotation, "__name__", "")
        many = "Sequence[Tensor" in annotation or (p.kind is p.VAR_POSITIONAL and "Tensor" in annotation)
        found.append(Parameter(p.name, position, "Tensor" in annotation, many, p.default, "None" in annotation))
    return found


def _declare(
    function: Callable,
    infer: Any,
    reference: Any,
    cases: Any,
    composite: bool,
    differentiable: Any,
    explain: Any,
    unique: Any,
    real: bool,
    name: str | None,
) -> Callable:
    space = function.__module__.partition("multikeras.")[2]
    if name is None:
        name = ("random." if space.startswith("random") else "") + function.__name__
    op = Op(name, function, infer, reference, cases, composite, differentiable, explain, unique, real)
    generated = fast_function(op, function)
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
    unique: Callable | None = None,
    real: bool = False,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Declare an op that each backend supplies from its native kernels. See `Op` for the arguments."""

    def decorate(function: Callable) -> Callable:
        return _declare(function, infer, reference, cases, False, differentiable, explain, unique, real, name)

    return decorate


def composite(
    *,
    infer: Callable | None = None,
    reference: Callable | None,
    cases: Sequence[Any],
    differentiable: bool | Sequence[str] = True,
    explain: Callable | None = None,
    unique: Callable | None = None,
    real: bool = False,
    name: str | None = None,
) -> Callable[[Callable], Callable]:
    """Declare an op whose body, written in other ops, runs everywhere. See `Op` for the arguments."""

    def decorate(function: Callable) -> Callable:
        return _declare(function, infer, reference, cases, True, differentiable, explain, unique, real, name)

    return decorate


def _declared(name: str) -> Op:
    import multikeras.ops  # noqa: F401 - declares them all

    return DECLARED[name]
