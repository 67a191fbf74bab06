"""Embedding: a row of a table for each token."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from multikeras import constraints, initializers, ops, regularizers
from multikeras.backend.contract import Backend
from multikeras.dtypes import lattice
from multikeras.errors import MultikerasError, NotSupportedError
from multikeras.layers.core.dense import check_size
from multikeras.layers.layer import Layer
from multikeras.layers.lora_table import LoraTable
from multikeras.ops._indices import check_range
from multikeras.state.masks import set_mask


class Embedding(LoraTable, Layer):
    """`embeddings[inputs]`: the row of a table for each token.

    A token is a number in [0, input_dim). One that is not gives an `IndexRangeError` that names the layer where its
    value is at hand: in a call, and in data that a model is fitted to, evaluated on or predicts for and that reaches
    the layer as it is, whose batch is named too. On accelerators, and where a compiled step makes the tokens, nothing
    can be raised: it gives a row of nan, which shows up in the loss. It never gives another token's row, but that
    negative tokens count from the end, as everywhere. See `ops.take`.

    Args:
        input_dim: The number of tokens.
        output_dim: The size of a row.
        embeddings_initializer: What makes the table, of shape (input_dim, output_dim).
        embeddings_regularizer: A function of the table whose value is added to the loss.
        embeddings_constraint: A function that the table passes through after each optimizer step.
        mask_zero: Whether token 0 is padding: the output then carries a mask that is `False` there.
        weights: The table, or a list of it alone.
        lora_rank: Rank of a trained update of a frozen table; see `enable_lora`.
        lora_alpha: The update is scaled by `lora_alpha / lora_rank`; `lora_rank` by default.
        quantization_config: Not supported yet.

    Call:
        inputs: Tokens of any shape; floats are cut to integers. Returns floats of shape (*inputs.shape, output_dim).

    Raises:
        ArgumentError: A size is no positive integer.

    ```python
    >>> import multikeras as keras
    >>> layer = Embedding(3, 2, weights=[[[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]]])
    >>> layer(keras.ops.array([[2, 0]])).tolist()
    [[[3.0, 4.0], [0.0, 0.0]]]

    ```
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("input_length", None) is not None:
            warnings.warn("`input_length` is deprecated: leave it out.", DeprecationWarning, stacklevel=2)
        super().__init__(**kwargs)
        self.input_dim = check_size("input_dim", input_dim)
        self.output_dim = check_size("output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = bool(mask_zero)
        # Tokens are not cast to the compute dtype, nor is a whole table for the sake of some rows.
        self._autocast = False
        self._start_lora(lora_rank, lora_alpha)
        if quantization_config is not None:
            raise NotSupportedError("Embedding is not quantized by an argument.", hint="quantization_config=None")
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list) and len(weights) == 1 else [weights])

    def build(self, input_shape: Any = None) -> None:
        """Make the table."""
        if self.built:
            return
        self._embeddings = self.add_weight(
            name="embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            autocast=False,
        )
        self._integers = _integer_dtypes(self._backend)
        self._casts_rows = self.compute_dtype != self.variable_dtype
        self.built = True
        self._finish_lora()

    def call(self, inputs: Any) -> Any:
        """The rows."""
        if inputs.dtype not in self._integers:
            inputs = ops.cast(inputs, "int32")
        outputs = self._rows(inputs)
        if self._casts_rows:
            outputs = ops.cast(outputs, self.compute_dtype)
        if self.mask_zero:
            set_mask(outputs, ops.not_equal(inputs, 0))
        return outputs

    def _check_data(self, tokens: np.ndarray) -> None:
        """Raise for a token that is none; see `Layer`."""
        if tokens.dtype.kind in "iuf":
            check_range(np.trunc(tokens) if tokens.dtype.kind == "f" else tokens, self.input_dim, axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """`False` where the token is 0, if that is padding."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer."""
        config = {
            **super().get_config(),
            **self._config_of("input_dim", "output_dim", "embeddings_initializer", "embeddings_regularizer"),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            **self._config_of("embeddings_constraint", "mask_zero"),
            "quantization_config": None,
        }
        return {**config, **self._lora_config()}


@functools.cache
def _integer_dtypes(backend: Backend) -> frozenset[Any]:
    """The dtypes of tokens that are looked up as they are: those of native tensors, and by name."""
    found: set[Any] = set(lattice.INTEGERS)
    for name in lattice.INTEGERS:
        try:
            found.add(backend.tensors.native_dtype(name))
        except MultikerasError:
            continue
    return frozenset(found)
