"""The `Backend` value of JAX."""

from __future__ import annotations

import importlib

import jax

from multikeras.backend import CONTRACT, Backend, Capability
from multikeras_jax import autodiff, compile, devices, pytree, random, tensors, variables
from multikeras_jax.profiling import profile
from multikeras_jax.table import table

# Importing a file of implementations fills the table.
for _file in (
    "arithmetic",
    "bitwise",
    "comparison",
    "complex_numbers",
    "control_flow",
    "conversion",
    "creation",
    "cumulative",
    "custom_gradients",
    "diagonals",
    "differences",
    "error_function",
    "exponential",
    "finiteness",
    "float_bits",
    "fourier",
    "image",
    "indexing",
    "jacobian_products",
    "joining",
    "linalg",
    "logic",
    "looping",
    "mapping",
    "nan_statistics",
    "nn.activation",
    "nn.attention",
    "nn.convolution",
    "nn.encoding",
    "nn.pooling",
    "nn.recurrence",
    "products",
    "reduction",
    "remainders",
    "rounding",
    "scattering",
    "segments",
    "shaping",
    "sizes_from_values",
    "sorting",
    "special_functions",
    "statistics",
    "tiling",
    "trigonometry",
):
    importlib.import_module(f"multikeras_jax.ops.{_file}")

_can = {Capability.GRADIENTS, Capability.COMPILE, Capability.HOST_CALL, Capability.DLPACK}
if jax.config.read("jax_enable_x64"):
    _can.add(Capability.FLOAT64)

backend = Backend(
    name="jax",
    contract=CONTRACT,
    tensors=tensors,
    ops=table,
    variables=variables,
    random=random,
    autodiff=autodiff,
    compile=compile,
    devices=devices,
    can=frozenset(_can),
    bind=pytree.register,
    profile=profile,
)
