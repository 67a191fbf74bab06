"""Recurrences compiled by torch: one graph without a break, with masks, states, gradients and dropout; its own kernels
in eager mode."""

from __future__ import annotations

import numpy as np
import pytest

from multikeras import layers, ops

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")

HOLES = torch.tensor([[False, True, False, True, False], [True, True, True, False, False]])


def assert_compiles(graphs, layer, x, **arguments) -> None:
    """The compiled layer is one graph, and gives the eager one's outputs and gradients."""
    # A layer learns from its first call whether it adds losses.
    layer(x, **arguments)
    expected = layer(x, **arguments)
    x.requires_grad_()
    received = torch.compile(layer, backend=graphs, fullgraph=True)(x, **arguments)
    assert graphs.frame_count == 1
    torch.testing.assert_close(received, expected)
    weights = [v.value for v in layer.trainable_variables]
    direction = torch.randn_like(expected)
    gradients = [torch.autograd.grad((y * direction).sum(), [x, *weights]) for y in (received, layer(x, **arguments))]
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.LSTM(4, return_sequences=True),
        lambda: layers.GRU(4, return_sequences=True, zero_output_for_mask=True),
        lambda: layers.SimpleRNN(4, go_backwards=True),
        lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        lambda: layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)]),
    ],
    ids=["LSTM", "GRU", "SimpleRNN", "Bidirectional", "stack"],
)
def test_layer_with_a_mask_is_one_graph(make, graphs) -> None:
    """No size, and no value of a mask, is asked of the tensors."""
    layer, x = make(), torch.randn(2, 5, 3)
    layer.build(x.shape)

    class Call(torch.nn.Module):
        trainable_variables = layer.trainable_variables

        def forward(self, x, mask):
            return layer.call(x, mask=mask)

    assert_compiles(graphs, Call(), x, mask=HOLES)


def test_layer_with_states_is_one_graph(graphs) -> None:
    """Given states go in as they are."""
    assert_compiles(graphs, layers.LSTM(4), torch.randn(2, 5, 3), initial_state=[torch.randn(2, 4), torch.randn(2, 4)])


@pytest.mark.parametrize("arguments", [{"dropout": 0.5}, {"dropout": 0.5, "recurrent_dropout": 0.5}], ids=str)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_layer_that_drops_is_one_graph(kind, arguments, graphs) -> None:
    """In training, with masks that are drawn in the graph."""
    layer = getattr(layers, kind)(4, **arguments)
    x = torch.randn(2, 5, 3)
    layer(x, training=True)
    compiled = torch.compile(layer, backend=graphs, fullgraph=True)
    first, second = compiled(x, training=True), compiled(x, training=True)
    assert graphs.frame_count == 1
    assert not torch.equal(first, second)


def test_long_short_term_memory_is_torchs_own() -> None:
    """The same weights in `nn.LSTM` and `nn.GRU` give the same sequences; gates of a GRU are in another order."""
    x = torch.randn(3, 7, 5)
    lstm, module = layers.LSTM(4, return_sequences=True), torch.nn.LSTM(5, 4, batch_first=True)
    lstm.build(x.shape)
    kernel, recurrent, bias = (
        w.detach().numpy() for w in (module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0)
    )
    lstm.set_weights([kernel.T, recurrent.T, bias + module.bias_hh_l0.detach().numpy()])
    torch.testing.assert_close(lstm(x), module(x)[0])
    gru, unit = layers.GRU(4, return_sequences=True), torch.nn.GRU(5, 4, batch_first=True)
    gru.build(x.shape)

    def ordered(w):
        reset, update, new = np.split(w.detach().numpy(), 3)
        return np.concatenate([update, reset, new])

    biases = np.stack([ordered(unit.bias_ih_l0), ordered(unit.bias_hh_l0)])
    gru.set_weights([ordered(unit.weight_ih_l0).T, ordered(unit.weight_hh_l0).T, biases])
    torch.testing.assert_close(gru(x), unit(x)[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_fused_kernel_is_the_loop(name: str, dtype: str) -> None:
    """Outputs, states and gradients of torch's kernels and of the loop in ops, whatever is given."""
    op, gates = getattr(ops, name), {"lstm": 4, "gru": 3}[name]
    torch.manual_seed(0)
    kind = getattr(torch, dtype)
    bias = torch.randn(*((4 * 4,) if name == "lstm" else (2, 3 * 4)), dtype=kind)
    tensors = [torch.randn(2, 5, 3, dtype=kind), torch.randn(3, gates * 4, dtype=kind)]
    tensors += [torch.randn(4, gates * 4, dtype=kind), bias]
    states = [torch.randn(2, 4, dtype=kind) for _ in range({"lstm": 2, "gru": 1}[name])]
    for given in (states, [None] * len(states)):
        for mask in (None, HOLES, ~HOLES, torch.zeros_like(HOLES)):
            for switches in [(b, s, z) for b in (False, True) for s in (False, True) for z in (False, True)]:
                leaves = [x.clone().requires_grad_() for x in [*tensors, *(s for s in given if s is not None)]]
                more = [True] if name == "gru" else []
                filled = leaves[4:] or given
                arguments = [*leaves[:4], *filled, mask, *more, *switches]
                results = [f(*arguments) for f in (op, op.op.body)]
                for a, b in zip(*results, strict=True):
                    torch.testing.assert_close(a, b)
                # Where everything is masked nothing depends on the inputs.
                sums = [torch.stack([(x * (i + 1)).sum() for i, x in enumerate(found)]).sum() for found in results]
                if all(s.requires_grad for s in sums):
                    pair = [torch.autograd.grad(s, leaves, allow_unused=True, retain_graph=True) for s in sums]
                    for a, b in zip(*pair, strict=True):
                        zero = torch.zeros(())
                        a, b = (zero if g is None else g for g in (a, b))
                        torch.testing.assert_close(a.expand_as(b) if a.ndim < b.ndim else a, b.expand_as(a))


def test_padding_that_is_no_number_does_not_matter() -> None:
    """What stands in masked steps has no influence at all, be it nan."""
    x = torch.randn(2, 5, 3)
    spoiled = torch.where(HOLES.unsqueeze(-1), x, torch.nan)
    for layer in (layers.LSTM(4, return_sequences=True), layers.GRU(4, return_sequences=True)):
        expected = layer(torch.where(HOLES.unsqueeze(-1), x, 0.0), mask=HOLES)
        torch.testing.assert_close(layer(spoiled, mask=HOLES), expected, rtol=0, atol=0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("masked", [False, True])
def test_inductor_calls_the_fused_kernel_with_gradients(masked: bool) -> None:
    """Compiled, the kernel and its gradients are called as they are, for every size of a batch."""

    def run(x, kernel, recurrent, bias, h, c):
        mask = x[:, :, 0] > 0 if masked else None
        return ops.lstm(x, kernel, recurrent, bias, h, c, mask)

    compiled = torch.compile(run, fullgraph=True)
    torch.manual_seed(0)
    weights = [torch.randn(shape, requires_grad=True) for shape in ((3, 16), (4, 16), (16,))]
    for batch in (2, 5):
        x, h, c = (torch.randn(shape, requires_grad=True) for shape in ((batch, 6, 3), (batch, 4), (batch, 4)))
        given = [x, *weights, h, c]
        results = [f(*given) for f in (run, compiled)]
        gradients = [torch.autograd.grad([y.square().sum() for y in found], given) for found in results]
        for a, b in zip((*results[0], *gradients[0]), (*results[1], *gradients[1]), strict=True):
            torch.testing.assert_close(b, a)
