"""The public function of an op: generated text, in which a look-up by the types of the tensors finds the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from multikeras.backend.select import current, selection
from multikeras.ops._arguments import with_flags
from multikeras.ops._owners import owner_of
from multikeras.state.variable import VARIABLE_CLASSES

if TYPE_CHECKING:
    from multikeras.ops._op import Op


class _MIXED:
    """The type of a sequence of tensors that are not all of one type."""


def key_builder(op: Op) -> Callable | None:
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


def fast_function(op: Op, function: Callable) -> Callable:
    """The public function of an op: the fast path, specialised to its signature."""
    header, call, bound = [], [], []
    namespace: dict[str, Any] = {"_slow": op.slow, "_get": op.fast.get, "_op": op, "_failed": _failed}
    namespace["_get_beside_numbers"] = op.beside_numbers.get
    namespace |= {"_taken": op.taken, "_variables": VARIABLE_CLASSES, "_selection": selection}
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
        f"        return _failed(_op, error, ({values},))",
    ]
    return [" " * indent + line for line in lines]


def looked_up(cast: str | None, real: bool) -> str | None:
    """What `native_dtypes` calls the dtypes that an implementation takes as they are: `None` for all."""
    dtypes = cast if cast in ("float", "number") else None
    return dtypes if not real else "real" if dtypes is None else f"real {dtypes}"


def _typed_path(op: Op, call: str, values: str) -> list[str]:
    """The fast path of tensor parameters that take one tensor each."""
    tensors = [p.name for p in op.tensor_parameters]
    key = f"type({tensors[0]})" if len(tensors) == 1 else f"({', '.join(f'type({t})' for t in tensors)})"
    lookup = [f"kinds = {key}", "implementation = _get(kinds)"]
    lines = ["    " + line for line in lookup]
    # Variables are read only where nothing was found, so that tensors do not pay for the question.
    variables = " or ".join(f"type({name}) in _variables" for name in tensors)
    lines.append(f"    if implementation is None and ({variables}):")
    lines += [f"        if type({name}) in _variables: {name} = {name}.value" for name in tensors]
    lines += ["        " + line for line in lookup]
    condition = "implementation is not None"
    required = [p.name for p in op.cast_parameters if not p.optional]
    first = required[0] if required else op.cast_parameters[0].name
    if op.cast is not None:
        for p in op.cast_parameters:
            if p.name != first:
                same = f"{first}.dtype is {p.name}.dtype"
                condition += f" and {same}" if p.name in required else f" and ({p.name} is None or {same})"
    if op.looked_up is not None:
        condition += f" and {first}.dtype in _taken[kinds]"
    if op.looked_up == "real":
        # Those that need not be of one dtype may be complex, each by itself.
        for p in op.tensor_parameters:
            if p.name != first and (op.cast is None or p not in op.cast_parameters):
                held = f"{p.name}.dtype in _taken[kinds]"
                condition += f" and ({p.name} is None or {held})" if p.optional else f" and {held}"
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
    if op.cast is not None or op.real:
        lines.append(f"            dtype = {name}[0].dtype")
        differs += " or each.dtype is not dtype"
    if op.looked_up is not None:
        lines.append("            if dtype not in _taken[kind]: implementation = None")
    lines += [
        f"            for each in {name}:",
        f"                if {differs}:",
        "                    break",
        "            else:",
    ]
    return lines + _attempt("implementation is not None", call, values, 16)


def _failed(op: Op, error: Exception, values: tuple) -> Any:
    flags = with_flags(op, values)
    if flags is not None:
        return op.slow(*flags)
    raise op.translate(error, values, _owner(op, values)) from error


def _owner(op: Op, values: tuple) -> Any:
    for p in op.tensor_parameters:
        value = values[p.position]
        owner = owner_of(type(value[0] if p.many and value else value))
        if owner is not None:
            return owner
    return current()
