"""The NumPy backend: vectorised kernels, reverse-mode gradients of its own, no framework."""

from multikeras_numpy.adapter import backend

__all__ = ["backend"]
