"""Functional: the class of `Model(inputs, outputs)`."""

from __future__ import annotations

from multikeras.models.model import Model


class Functional(Model):
    """A model that computes a graph; `Model(inputs, outputs)` makes one."""
