"""The `Backend` value of PyTorch."""

from __future__ import annotations

import importlib

import torch

from multikeras.backend import CONTRACT, Backend, Capability
from multikeras.graph.operation import flatten
from multikeras.ops._warm import warm
from multikeras_torch import autodiff, compile, devices, random, tensors, variables
from multikeras_torch.module import TorchModule, bind
from multikeras_torch.optimizers import fused_updates, many
from multikeras_torch.profiling import profile
from multikeras_torch.table import table
from multikeras_torch.variable_base import TorchVariable

# Importing a file of implementations fills the table.
for _file in (
    "arithmetic",
    "bitwise",
    "comparison",
    "complex_numbers",
    "control_flow",
    "conversion",
    "counting",
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
    "mapping",
    "nan_reductions",
    "nn.activation",
    "nn.attention",
    "nn.blocks",
    "nn.connectionist",
    "nn.convolution",
    "nn.decoding",
    "nn.encoding",
    "nn.linear",
    "nn.loss",
    "nn.moments",
    "nn.normalization",
    "nn.pooling",
    "nn.recurrence",
    "nn.softmax",
    "norm",
    "products",
    "reduction",
    "remainders",
    "rounding",
    "saturation",
    "scattering",
    "segments",
    "sets",
    "shaping",
    "signals",
    "sizes_from_values",
    "sorting",
    "special_functions",
    "statistics",
    "tiling",
    "trigonometry",
):
    importlib.import_module(f"multikeras_torch.ops.{_file}")

backend = Backend(
    name="torch",
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
            Capability.EAGER_STEPS,
            Capability.GLOBAL_RANDOM,
            Capability.HOST_CALL,
            Capability.FLOAT64,
            Capability.DLPACK,
        }
    ),
    module_base=TorchModule,
    bind=bind,
    variable_base=TorchVariable,
    fused_updates=fused_updates,
    many=many,
    profile=profile,
)

# Dynamo has guards on what is known so far: that these are tensors, and how each op runs on them.
_samples = (torch.empty(0), torch.nn.Parameter(torch.empty(0)))
flatten(_samples)
warm(backend, _samples)
