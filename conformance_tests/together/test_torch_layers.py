"""Every layer compiled by torch: one graph without a break, with gradients."""

from __future__ import annotations

import pytest
from multikeras_conformance.layer_cases import CASES, LayerCase

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_one_graph(case: LayerCase, graphs) -> None:
    """The compiled layer gives what the eager one does, and its gradients."""
    layer, given = case.make(), case.inputs()
    several = isinstance(given, list)
    inputs = [torch.from_numpy(x) for x in (given if several else [given])]
    x = inputs if several else inputs[0]
    # A layer learns from its first call whether it adds losses.
    layer(x)
    expected = layer(x)
    floats = [each.requires_grad_() for each in inputs if each.is_floating_point()]
    received = torch.compile(layer, backend=graphs, fullgraph=True)(x)
    # None of a layer that does nothing.
    assert graphs.frame_count <= 1
    torch.testing.assert_close(received, expected)
    leaves = [*floats, *(v.value for v in layer.trainable_variables)]
    if not leaves:
        return
    direction = torch.randn_like(expected)
    gradients = [torch.autograd.grad((y * direction).sum(), leaves, allow_unused=True) for y in (received, layer(x))]
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)
