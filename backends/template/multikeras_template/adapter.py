"""The `Backend` value: what the entry point names."""

import importlib

from multikeras.backend import CONTRACT, Backend, Capability
from multikeras_template import autodiff, compile, devices, random, tensors, variables
from multikeras_template.table import table

# Importing a file of implementations fills the table.
for _file in ("creation", "elementwise", "indexing", "moving", "nn", "products", "reduction", "sorting"):
    importlib.import_module(f"multikeras_template.ops.{_file}")

backend = Backend(
    name=table.backend,
    contract=CONTRACT,
    tensors=tensors,
    ops=table,
    variables=variables,
    random=random,
    autodiff=autodiff,
    compile=compile,
    devices=devices,
    can=frozenset({Capability.GRADIENTS, Capability.EAGER_STEPS, Capability.HOST_CALL, Capability.FLOAT64}),
)
