"""The `Backend` value of TensorFlow."""

from __future__ import annotations

import importlib

from multikeras.backend import CONTRACT, Backend, Capability
from multikeras_tensorflow import autodiff, compile, devices, random, tensors, variables
from multikeras_tensorflow.optimizers import fused_updates
from multikeras_tensorflow.profiling import profile
from multikeras_tensorflow.table import table
from multikeras_tensorflow.trackable import TrackableLayer, TrackableOptimizer, TrackableVariable, bind

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
    "looping",
    "mapping",
    "nn.activation",
    "nn.convolution",
    "nn.decoding",
    "nn.depth",
    "nn.encoding",
    "nn.linear",
    "nn.loss",
    "nn.normalization",
    "nn.pooling",
    "nn.softmax",
    "products",
    "reduction",
    "remainders",
    "rounding",
    "scattering",
    "segments",
    "shaping",
    "signals",
    "sizes_from_values",
    "sorting",
    "statistics",
    "tiling",
    "trigonometry",
):
    importlib.import_module(f"multikeras_tensorflow.ops.{_file}")

backend = Backend(
    name="tensorflow",
    contract=CONTRACT,
    tensors=tensors,
    ops=table,
    variables=variables,
    random=random,
    autodiff=autodiff,
    compile=compile,
    devices=devices,
    can=frozenset(
        {
            Capability.GRADIENTS,
            Capability.MUTABLE_VARIABLES,
            Capability.COMPILE,
            Capability.GLOBAL_RANDOM,
            Capability.HOST_CALL,
            Capability.UNKNOWN_SHAPES,
            Capability.FLOAT64,
            Capability.DLPACK,
        }
    ),
    module_base=TrackableLayer,
    bind=bind,
    variable_base=TrackableVariable,
    optimizer_base=TrackableOptimizer,
    fused_updates=fused_updates,
    profile=profile,
)
