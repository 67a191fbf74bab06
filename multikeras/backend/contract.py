"""The contract between core and a backend: everything that the author of an adapter has to supply.

A backend is one `Backend` value, registered under the entry-point group `multikeras.backends`. Its parts are plain
namespaces (modules serve well) with the functions of the protocols below. Core imports no framework and compares no
backend names: it asks `Capability.X in backend.can`.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.backend.table import OpTable

# Raised by one whenever an adapter written for the last version would no longer work.
CONTRACT = 1

Native = Any
"""A tensor of the backend's framework."""

Storage = Any
"""What a backend keeps a variable in: a mutable object of the framework, or the tensor itself."""


class Capability(enum.Enum):
    """An ability that core asks for before it relies on it."""

    GRADIENTS = "gradients"
    """`autodiff.value_and_grad` works."""

    MUTABLE_VARIABLES = "mutable variables"
    """Storages are objects that keep their identity when assigned; compiled steps and gradients see them as they
    are, and `autodiff.record` differentiates with respect to them. Without it core turns stateful code into a pure
    function before it hands it over."""

    COMPILE = "compile"
    """`compile.step` returns something faster than what it was given."""

    EAGER_STEPS = "eager steps"
    """Uncompiled steps are the fast default, so `jit_compile="auto"` does not compile."""

    GLOBAL_RANDOM = "global random"
    """Draws with `key=None` come from the framework's own generator, seeded by `random.set_seed`, and are safe
    inside a compiled step."""

    HOST_CALL = "host call"
    """`compile.host_call` runs a NumPy function from inside a compiled step."""

    UNKNOWN_SHAPES = "unknown shapes"
    """Native tensors inside a compiled step may have unknown sizes."""

    FLOAT64 = "float64"
    """64-bit floats and integers are held without narrowing."""

    DLPACK = "dlpack"
    """`tensors.to_dlpack` and `tensors.from_dlpack` share memory with other frameworks."""


class Tensors(Protocol):
    """How NumPy arrays go in and out, and what a native tensor is."""

    types: tuple[type, ...]
    """Classes whose instances are native tensors. `np.ndarray` may be among them: host arrays belong to whatever
    backend is current. They take weak references, by which core remembers masks."""

    def from_numpy(self, array: np.ndarray) -> Native:
        """A native tensor with the array's values and dtype; `DTypeError` where the dtype cannot be held."""
        ...

    def to_numpy(self, x: Native) -> np.ndarray:
        """The values on the host, detached from gradients."""
        ...

    def spec_of(self, x: Native) -> Spec:
        """Shape and dtype name of `x`."""
        ...

    def cast(self, x: Native, dtype: str) -> Native:
        """`x` with another dtype; `x` itself where it has it already."""
        ...

    def copy(self, x: Native) -> Native:
        """A tensor with values of its own."""
        ...

    def native_dtype(self, dtype: str) -> Any:
        """The framework's object for a dtype name; `DTypeError` where it has none."""
        ...

    def to_dlpack(self, x: Native) -> Any:
        """An object with `__dlpack__`."""
        ...

    def from_dlpack(self, x: Any) -> Native:
        """A native tensor that shares memory with `x` where the device allows."""
        ...


class TracedTensors(Tensors, Protocol):
    """Tensors of a framework that traces Python code."""

    def dtype_of_array(self, array: np.ndarray) -> str:
        """The dtype name of a NumPy array, which in a trace may not say itself."""
        ...


class GatheringTensors(Tensors, Protocol):
    """Tensors of a framework that fetches several at once by itself. Of others core stacks those of one shape."""

    def to_numpy_together(self, tensors: list[Native]) -> list[np.ndarray]:
        """The values of each on the host, waiting for the device once."""
        ...


class Variables(Protocol):
    """How a variable's value is kept."""

    @property
    def read(self) -> Callable[[Storage], Native] | None:
        """The function that returns the value of a storage as a tensor; `None` where the storage is that tensor."""
        ...

    def make(self, value: Native, trainable: bool, name: str) -> Storage:
        """A storage that holds `value`."""
        ...

    def assign(self, storage: Storage, value: Native) -> Storage:
        """Store `value` (same shape and dtype). Returns the storage to keep: the same object under
        `MUTABLE_VARIABLES`."""
        ...

    def set_trainable(self, storage: Storage, trainable: bool) -> None:
        """Learn that gradients with respect to `storage` are, or are no longer, asked for."""
        ...


class TracedVariables(Variables, Protocol):
    """Variables where tracing a function changes what is computed."""

    def untraced(self) -> AbstractContextManager:
        """A scope in which everything is computed at once, also while a function is being traced: first values of
        variables are made there, since variables outlive the trace."""
        ...


class CountingVariables(Variables, Protocol):
    """Variables under `MUTABLE_VARIABLES` that can be counted up in one go."""

    def increment(self, storage: Storage, amount: Native | float) -> None:
        """Add a number, or a tensor of the same shape and dtype, in place. No gradient passes through."""
        ...


class Random(Protocol):
    """Draws by the framework's own fast generator.

    `key` is a native uint32 tensor of shape (2,), or `None` under `GLOBAL_RANDOM`.
    """

    def set_seed(self, seed: int) -> None:
        """Seed the framework's global generator."""
        ...

    def uniform(self, key: Native | None, shape: Sequence[int], dtype: str) -> Native:
        """Floats in [0, 1)."""
        ...

    def normal(self, key: Native | None, shape: Sequence[int], dtype: str) -> Native:
        """Floats from the standard normal distribution."""
        ...

    def randint(self, key: Native | None, shape: Sequence[int], low: int, high: int, dtype: str) -> Native:
        """Integers in [low, high)."""
        ...

    def permutation(self, key: Native | None, size: int) -> Native:
        """The integers 0..size-1 in random order, int32."""
        ...

    def dropout(self, key: Native | None, x: Native, rate: float, noise_shape: Sequence[int] | None) -> Native:
        """`x` with entries set to zero with probability `rate`, the others divided by `1 - rate`."""
        ...


class Autodiff(Protocol):
    """Reverse-mode gradients. Needed under `GRADIENTS`.

    The gradient with respect to a complex `x = a + ib` is that with respect to `a` plus `i` times that with respect to
    `b`."""

    def value_and_grad(self, fn: Callable[[list[Native]], Any], values: list[Native], has_aux: bool = False) -> Any:
        """`(fn(values), gradients)` for a scalar `fn`; with `has_aux`, `fn` returns `(scalar, aux)` and so does the
        result's first part. A value that `fn` does not depend on has a gradient of zeros."""
        ...

    def no_grad(self) -> AbstractContextManager:
        """A scope, of this thread alone, in which nothing is recorded but for gradients that are taken inside it."""
        ...


class PullingAutodiff(Autodiff, Protocol):
    """Gradients of functions with several results, at the cost of one call."""

    def pullback(
        self, fn: Callable[[list[Native]], list[Native]], values: list[Native]
    ) -> tuple[list[Native], Callable[[list[Native]], list[Native]]]:
        """`(fn(values), pull)`: `pull`, which may be called again, carries cotangents of the results, those of integers
        counting for nothing, back to cotangents of the values. Without it core calls `fn` once more for each pull."""
        ...


class RecordingAutodiff(Autodiff, Protocol):
    """Gradients with respect to storages. Needed under `MUTABLE_VARIABLES`."""

    def record(self, fn: Callable[[], tuple[Native, Any]], storages: list[Storage]) -> tuple[tuple[Native, Any], list]:
        """`(fn(), gradients)` for `fn() -> (scalar, aux)` with respect to the storages that it reads, `None` for a
        storage that it does not depend on."""
        ...


class Compile(Protocol):
    """Compiled steps."""

    def step(self, fn: Callable, options: StepOptions) -> Callable:
        """`fn` compiled. Under `MUTABLE_VARIABLES` `fn` reads and assigns storages; else it is pure, its arguments and
        results are nested lists, tuples and dicts of tensors."""
        ...

    def host_call(self, fn: Callable[..., np.ndarray], spec: Spec, *tensors: Native) -> Native:
        """The tensor of that shape and dtype which `fn`, called on the host with NumPy arrays, returns. Works inside
        a compiled step under `HOST_CALL`."""
        ...


class RepeatingCompile(Compile, Protocol):
    """Steps of which several run in one dispatch."""

    def repeats(self) -> bool:
        """Whether it can do so on the device at hand."""
        ...

    def repeat(self, fn: Callable, options: StepOptions) -> Callable:
        """What runs `fn` once for each entry along the first axis of nested tensors, in one call. Under `EAGER_STEPS`
        `fn` may not be compiled otherwise.

        Under `MUTABLE_VARIABLES` `fn(entry)` reads and assigns storages; the result is called with the nested tensors
        and returns what `fn` returned for the last entry. Else `fn(constants, carry, entry)` is pure and returns
        `(carry, outputs)`; the result is called with `(constants, carry, tensors)` and returns the last of both."""
        ...


class FeedingCompile(Compile, Protocol):
    """Compiled steps that take NumPy arrays in the place of tensors, at less than a transfer costs."""

    def feed(self, array: np.ndarray) -> np.ndarray:
        """The array in the dtype that `tensors.from_numpy` gives it. Its values are read while the step runs, which may
        be after the call has returned."""
        ...


class ObservingCompile(Compile, Protocol):
    """A framework that tells which of its kernels a call reaches."""

    def kernels(self, fn: Callable, *tensors: Native) -> list[str]:
        """The names of the kernels that `fn` reaches on these tensors, in order, without those that only move or view
        values."""
        ...


class TracingCompile(Compile, Protocol):
    """Compiled steps, and traces that tell shapes alone."""

    def traced(self, fn: Callable, specs: Sequence[Spec]) -> Any:
        """What `fn` returns for tensors of these specs, some sizes of which may be unknown, without computing it:
        nested objects of which `tensors.spec_of` tells the specs. With it, layers whose `call` uses the framework's own
        functions can be part of a graph."""
        ...


@dataclasses.dataclass(frozen=True)
class StepOptions:
    """How a step is to be compiled.

    Args:
        whole: Compile with the framework's optimising compiler (XLA, Inductor), not only trace.
        donate: Position of the argument whose buffers may be reused for results, or `None`.
    """

    whole: bool = False
    donate: int | None = None


class Devices(Protocol):
    """Where tensors live. Names are `"cpu"`, `"gpu"`, `"gpu:1"`, ..."""

    def names(self) -> list[str]:
        """Devices at hand, the default one first."""
        ...

    def scope(self, name: str) -> AbstractContextManager:
        """A scope in which new tensors are made on that device."""
        ...

    def device_of(self, x: Native) -> str:
        """The device that holds `x`."""
        ...


class Many(Protocol):
    """What optimizers do to many tensors at once, under `MUTABLE_VARIABLES`."""

    def unscaled(self, tensors: Sequence[Native], scale: Native) -> tuple[list[Native], Native]:
        """Each tensor divided by a scalar, floats of 16 bits as float32; and whether all entries are finite."""
        ...

    def multiplied(self, tensors: Sequence[Native], factor: Native) -> list[Native]:
        """Each tensor times a scalar, in its own dtype."""
        ...

    def norm(self, tensors: Sequence[Native]) -> Native:
        """The L2 norm of all tensors together, as a scalar."""
        ...

    def averaged(self, averages: Sequence[Storage], storages: Sequence[Storage], momentum: Native) -> None:
        """Store `momentum * average + (1 - momentum) * value` as each average."""
        ...

    def copied(self, storages: Sequence[Storage]) -> list[Native]:
        """The values of storages, which later changes do not reach."""
        ...

    def chosen(self, due: Native, storages: Sequence[Storage], before: Sequence[Native]) -> None:
        """Store what was before in each storage, where `due`, a scalar, is false."""
        ...


# Not frozen: compilers that trace Python code hash a frozen dataclass by its fields, and ops are looked up by backend.
@dataclasses.dataclass(eq=False)
class Backend:
    """One backend: a value, made once by its adapter.

    Args:
        name: The name that users choose it by.
        contract: The version of the contract that it was written for.
        tensors: See `Tensors`.
        ops: Its implementations, see `OpTable`.
        variables: See `Variables`.
        random: See `Random`.
        autodiff: See `Autodiff`; `None` without `GRADIENTS`.
        compile: See `Compile`.
        devices: See `Devices`.
        can: What it is able to do.
        module_base: A class that layers also derive from on this backend, or `None`. It may define
            `_bind_attribute(name, value)`, called as an attribute of a layer is set, and `_bind_mode(training)`, called
            before a loop runs steps: for modules of the framework's own among the layers.
        bind: Called once with each class of layers that core binds to this backend.
        variable_base: A class that variables also derive from on this backend, or `None`: what makes the framework take
            a `Variable`, whose `_storage` is its own, where it takes one of its own.
        optimizer_base: A class that optimizers also derive from, or `None`.
        fused_updates: Under `MUTABLE_VARIABLES`, steps of optimizers for all variables of a dtype at once, by the name
            of the class whose formula they compute. Each is called with the optimizer, a list of gradients, a list of
            storages, lists of slots' storages by name, pairs of a storage and the weight decay that comes before its
            step, the learning rate, how many steps were made before, and a scalar that is false where nothing may
            change at last, or `None`. It changes the storages in place, or returns `False` and changes nothing, where
            its kernels do not serve.
        many: See `Many`; `None` where ops on one tensor after the other are as fast.
        profile: Makes a scope, given a folder: what runs inside is profiled, and written there for TensorBoard. `None`
            where there is no profiler.
    """

    name: str
    contract: int
    tensors: Tensors
    ops: OpTable
    variables: Variables
    random: Random
    compile: Compile
    devices: Devices
    autodiff: Autodiff | None = None
    can: frozenset[Capability] = frozenset()
    module_base: type | None = None
    bind: Callable[[type], None] | None = None
    variable_base: type | None = None
    optimizer_base: type | None = None
    fused_updates: Mapping[str, Callable[..., Any]] = dataclasses.field(default_factory=dict)
    many: Many | None = None
    profile: Callable[[str], AbstractContextManager] | None = None

    def __repr__(self) -> str:
        return f"<Backend {self.name}>"

    def __reduce__(self) -> tuple:
        from multikeras.backend.registry import load

        return load, (self.name,)

    def __deepcopy__(self, memo: dict) -> Backend:
        return self
