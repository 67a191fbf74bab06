"""SeedGenerator: a seed and a count of the draws made from it, as a variable."""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np

from multikeras import config
from multikeras.backend.contract import Backend, Capability
from multikeras.backend.select import current
from multikeras.errors import ArgumentError
from multikeras.state.names import auto_name
from multikeras.state.scope import name_scope
from multikeras.state.variable import Variable, untraced

STATE = "seed_generator_state"
"""The name of the variable that counts draws."""


class SeedGenerator:
    """Makes a new key for each draw, also inside compiled steps.

    Args:
        seed: An integer; made up from Python's `random` by default, so that `utils.set_random_seed` decides it.
        name: Its name.

    Raises:
        ArgumentError: `seed` is no integer.

    ```python
    >>> import multikeras as keras
    >>> generator = keras.random.SeedGenerator(7)
    >>> [generator.next().tolist() for _ in range(2)]
    [[7, 0], [7, 1]]

    ```
    """

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any) -> None:
        if kwargs:
            raise ArgumentError("SeedGenerator has no such arguments.", received=", ".join(kwargs))
        self.name = auto_name("seed_generator") if name is None else name
        self._initial_seed = seed
        if seed is None:
            seed = make_default_seed()
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise ArgumentError("A seed is an integer.", received=repr(seed), hint="seed=1337")
        self._seed = int(seed)
        with name_scope(self.name):
            self.state = Variable(_words(self._seed, 0), dtype="uint32", trainable=False, name=STATE)
        self._one = _one(self.state._backend)

    @property
    def backend(self) -> Backend:
        """The backend that its state lives on."""
        return self.state._backend

    def next(self, ordered: bool = True) -> Any:
        """A key, uint32 of shape (2,): the seed and the count of draws so far, which goes up by one.

        Args:
            ordered: Kept for the signature; draws are always ordered.
        """
        from multikeras import ops

        key = self.state.value
        if Capability.MUTABLE_VARIABLES in self.backend.can:
            key = self.backend.tensors.copy(key)
        self.state.assign(ops.add(key, self._one))
        return key

    def __getstate__(self) -> dict[str, Any]:
        # Not every framework can pickle its own tensors.
        return {k: v for k, v in vars(self).items() if k != "_one"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._one = _one(self.state._backend)

    def get_config(self) -> dict[str, Any]:
        """The seed, which makes an equal generator."""
        return {"seed": self._initial_seed if self._initial_seed is not None else self._seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """The generator of a `get_config`."""
        return cls(**config)


def _one(backend: Backend) -> Any:
    """What a draw adds to the state."""
    with untraced(backend):
        return backend.tensors.from_numpy(np.array([0, 1], np.uint32))


def _words(seed: int, count: int) -> np.ndarray:
    return np.array([(seed ^ seed >> 32) & 0xFFFFFFFF, count], np.uint32)


def make_default_seed() -> int:
    """A seed from Python's `random`, which `utils.set_random_seed` seeds."""
    return python_random.randint(1, 2**31 - 1)  # noqa: S311 - a seed is no secret


# The generators of draws with `seed=None`, one for each backend that has no global generator of its own.
_global: dict[Backend, SeedGenerator] = {}


def reset_global() -> None:
    """Forget the global generators: the next draws start from a new default seed."""
    _global.clear()


def _global_generator(backend: Backend) -> SeedGenerator:
    generator = _global.get(backend)
    if generator is None:
        # Python's generator stays as it is: the initial weights to come are the same on backends that need none of
        # this.
        state = python_random.getstate()
        seed = make_default_seed() ^ 0x2545F491
        python_random.setstate(state)
        generator = _global[backend] = SeedGenerator(seed, name="global_seed_generator")
    return generator


def draw_key(seed: Any, explicit: bool = False) -> Any:
    """The key of one draw: a native uint32 tensor of shape (2,), or `None` for the framework's global generator.

    Args:
        seed: An integer (always the same key), a `SeedGenerator` (its next key), or `None` (the global generator).
        explicit: Whether there must be a key.

    Raises:
        ArgumentError: None of these.
    """
    backend = current()
    free = not explicit and Capability.GLOBAL_RANDOM in backend.can and config.random_mode() == "fast"
    if seed is None:
        if free:
            return None
        return _global_generator(backend).next()
    if isinstance(seed, SeedGenerator):
        return None if free and seed._initial_seed is None else seed.next()
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return backend.tensors.from_numpy(_words(int(seed), 0))
    if tuple(getattr(seed, "shape", ())) == (2,):
        return seed
    raise ArgumentError("A seed is an integer, a SeedGenerator or None.", received=repr(seed), hint="seed=1337")


def host_key(seed: Any) -> np.ndarray:
    """The key of one draw on the host: what initializers use, bit-identical on all backends."""
    if seed is None:
        seed = make_default_seed()
    if isinstance(seed, SeedGenerator):
        return seed.backend.tensors.to_numpy(seed.next()).astype(np.uint32)
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return _words(int(seed), 0)
    raise ArgumentError("A seed is an integer, a SeedGenerator or None.", received=repr(seed), hint="seed=1337")
