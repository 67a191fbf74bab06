"""The `Backend` value of NumPy."""

from __future__ import annotations

import importlib

from multikeras.backend import CONTRACT, Backend, Capability
from multikeras_numpy import compile, devices, random, tensors, variables
from multikeras_numpy.autodiff import backward
from multikeras_numpy.table import table

# Importing a file of implementations fills the table.
for _file in (
    "arithmetic",
    "bitwise",
    "comparison",
    "complex_numbers",
    "control_flow",
    "conversion",
    "creation",
    "counting",
    "cumulative",
    "custom_gradients",
    "diagonals",
    "error_function",
    "exponential",
    "finiteness",
    "float_bits",
    "fourier",
    "image",
    "indexing",
    "joining",
    "linalg",
    "logic",
    "nn.blocks",
    "nn.convolution",
    "nn.encoding",
    "nn.moments",
    "nn.rectifier",
    "nn.sigmoid",
    "nn.softmax",
    "nn.softplus",
    "norm",
    "nan_reductions",
    "products",
    "reduction",
    "remainders",
    "rounding",
    "scattering",
    "segments",
    "sets",
    "shaping",
    "signals",
    "sorting",
    "special_functions",
    "statistics",
    "tiling",
    "trigonometry",
    "turning",
    "vector_products",
):
    importlib.import_module(f"multikeras_numpy.ops.{_file}")

# Likewise the table of gradients.
for _file in (
    "arithmetic",
    "comparison",
    "complex_numbers",
    "control_flow",
    "cumulative",
    "diagonals",
    "einsum",
    "error_function",
    "exponential",
    "finiteness",
    "fourier",
    "indexing",
    "joining",
    "linalg",
    "nn.activation",
    "nn.convolution",
    "nn.pooling",
    "products",
    "reduction",
    "rounding",
    "scattering",
    "segments",
    "shaping",
    "singular_values",
    "sorting",
    "statistics",
    "tiling",
    "trigonometry",
):
    importlib.import_module(f"multikeras_numpy.autodiff.rules.{_file}")

backend = Backend(
    name="numpy",
    contract=CONTRACT,
    tensors=tensors,
    ops=table,
    variables=variables,
    random=random,
    autodiff=backward,
    compile=compile,
    devices=devices,
    can=frozenset(
        {
            Capability.GRADIENTS,
            Capability.EAGER_STEPS,
            Capability.GLOBAL_RANDOM,
            Capability.HOST_CALL,
            Capability.FLOAT64,
        }
    ),
)
