"""Attention and tables compiled by torch: one graph without a break, with gradients."""

from __future__ import annotations

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.state.masks import get_mask

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
@pytest.mark.parametrize("how", ["causal", "mask", "scores", "dropout"])
def test_attention_of_every_path_is_one_graph(kind: str, how: str, graphs) -> None:
    """The causal rule, masks, scores and dropout."""
    sizes = {"num_heads": 4, "key_dim": 3} if kind.startswith("Multi") else {"head_dim": 3, "num_query_heads": 4}
    sizes |= {} if kind.startswith("Multi") else {"num_key_value_heads": 2}
    layer = getattr(layers, kind)(**sizes, dropout=0.5 if how == "dropout" else 0.0)
    x, mask = torch.randn(2, 5, 4), torch.rand(2, 5, 5) > 0.5
    given = {
        "causal": {"use_causal_mask": True},
        "mask": {"attention_mask": mask, "use_causal_mask": True},
        "scores": {"return_attention_scores": True},
        "dropout": {"training": True},
    }[how]
    expected = layer(x, x, **given)
    received = torch.compile(lambda y: layer(y, y, **given), backend=graphs, fullgraph=True)(x)
    assert graphs.frame_count == 1
    if how == "dropout":
        assert not torch.equal(received, expected)
    else:
        torch.testing.assert_close(received, expected)


def functional():
    """A graph model of padded texts."""
    tokens = keras.Input((None,), dtype="int32")
    x = layers.Embedding(11, 8, mask_zero=True)(tokens)
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
    return keras.Model(tokens, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


def subclassed():
    """The same, written out in `call`."""

    class Written(keras.Model):
        def __init__(self):
            super().__init__()
            self.embedding, self.norm = layers.Embedding(11, 8, mask_zero=True), layers.LayerNormalization()
            self.attention, self.add = layers.MultiHeadAttention(2, 4), layers.Add()
            self.pool, self.dense = layers.GlobalAveragePooling1D(), layers.Dense(3)

        def call(self, tokens):
            x = self.embedding(tokens)
            y = self.norm(x)
            return self.dense(self.pool(self.add([x, self.attention(y, y)])))

    return Written()


@pytest.mark.parametrize("make", [functional, subclassed])
def test_model_with_masks_is_one_graph(make, graphs) -> None:
    """Masks are made and used inside of the graph; calls outside of it are as before."""
    model = make()
    tokens = torch.tensor([[1, 2, 3, 0, 0], [4, 0, 0, 0, 0], [5, 6, 7, 8, 9]], dtype=torch.int32)
    expected = model(tokens)
    alone = torch.cat([model(tokens[i : i + 1, :n]) for i, n in enumerate((3, 1, 5))])
    torch.testing.assert_close(expected, alone)
    compiled = torch.compile(model, backend=graphs, fullgraph=True)
    for _ in range(3):
        torch.testing.assert_close(compiled(tokens), expected)
    assert graphs.frame_count == 1
    torch.testing.assert_close(model(tokens), expected)
    assert get_mask(model(tokens)) is None


@pytest.mark.parametrize("make", [lambda: layers.Masking(), lambda: layers.Embedding(5, 3, mask_zero=True)])
def test_mask_comes_out_of_a_graph(make) -> None:
    """The tensor that a compiled layer returns has the mask that it has without."""
    layer = make()
    x = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]]) if isinstance(layer, layers.Masking) else torch.tensor([[1, 0, 2]])
    expected = get_mask(layer(x))
    received = get_mask(torch.compile(layer, backend="eager", fullgraph=True)(x))
    np.testing.assert_array_equal(ops.convert_to_numpy(received), ops.convert_to_numpy(expected))
