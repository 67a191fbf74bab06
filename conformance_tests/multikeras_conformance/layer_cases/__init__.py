"""Every public layer with some arguments and inputs: what the tests of layers go through. A file for each subject."""

from __future__ import annotations

from multikeras_conformance.layer_cases import (
    activation,
    attention,
    convolutional,
    core,
    einsum,
    embedding,
    merging,
    normalization,
    pooling,
    recurrent,
    regularization,
    reshaping,
)
from multikeras_conformance.layer_cases.case import LayerCase, called

# The names of `multikeras.layers` that are no layers to be called, and why.
NOT_LAYERS = {
    "Input": "a function that makes an InputLayer",
    "InputLayer": "fed, not called",
    "InputSpec": "a demand on inputs",
    "GRUCell": "called with states, step by step",
    "LSTMCell": "called with states, step by step",
    "Layer": "the base of all",
    "SimpleRNNCell": "called with states, step by step",
    "StackedRNNCells": "called with states, step by step",
    "Wrapper": "the base of layers around others",
}

CASES: list[LayerCase] = [
    *core.CASES,
    *convolutional.CASES,
    *merging.CASES,
    *pooling.CASES,
    *embedding.CASES,
    *activation.CASES,
    *regularization.CASES,
    *reshaping.CASES,
    *normalization.CASES,
    *einsum.CASES,
    *attention.CASES,
    *recurrent.CASES,
]

__all__ = ["CASES", "NOT_LAYERS", "LayerCase", "called"]
