"""Initializers: what makes the first values of variables, bit-identical on all backends."""

from typing import Any

from multikeras.initializers.constant import STFT, Constant, Identity, Ones, Zeros
from multikeras.initializers.initializer import Initializer
from multikeras.initializers.orthogonal import Orthogonal
from multikeras.initializers.random import RandomNormal, RandomUniform, TruncatedNormal
from multikeras.initializers.variance_scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)
from multikeras.saving.identifiers import Catalogue

IdentityInitializer = identity = Identity
OrthogonalInitializer = orthogonal = Orthogonal
STFTInitializer = stft = STFT
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros

_CLASSES = [
    *(Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, LecunNormal, LecunUniform, Ones),
    *(Orthogonal, RandomNormal, RandomUniform, STFT, TruncatedNormal, VarianceScaling, Zeros),
]
_catalogue = Catalogue(
    "initializer",
    _CLASSES,
    {
        "IdentityInitializer": Identity,
        "OrthogonalInitializer": Orthogonal,
        "STFTInitializer": STFT,
        "normal": RandomNormal,
        "one": Ones,
        "stft": STFT,
        "uniform": RandomUniform,
        "zero": Zeros,
    },
)


def get(identifier: Any) -> Any:
    """An initializer by name, class, configuration or as it is; `None` for `None`.

    Raises:
        ArgumentError: There is no such initializer.

    ```python
    >>> type(get("he_normal")).__name__
    'HeNormal'

    ```
    """
    if hasattr(identifier, "shape") and not isinstance(identifier, type):
        return Constant(identifier)
    return _catalogue.get(identifier)


def serialize(initializer: Any) -> Any:
    """The configuration of an initializer."""
    return _catalogue.serialize(initializer)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """The initializer of a configuration."""
    return _catalogue.deserialize(config, custom_objects)


__all__ = [
    "STFT",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "STFTInitializer",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "stft",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]
