"""The JAX backend: every op through XLA, every step compiled, every model a pytree."""

from multikeras_jax.adapter import backend

__all__ = ["backend"]
