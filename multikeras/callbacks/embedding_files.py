"""Embeddings in files that TensorBoard's projector reads."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from multikeras.errors import ArgumentError


def embedding_layers(model: Any) -> Iterator[Any]:
    """The layers of a model that embed indices."""
    for layer in model._flatten_layers():
        table = getattr(layer, "embeddings", None)
        if table is not None and len(getattr(table, "shape", ())) == 2:
            yield layer


def write_projector_config(folder: Any, model: Any, metadata: Any) -> None:
    """Say in the file `projector_config.pbtxt` where the table of each embedding will lie.

    Args:
        folder: The folder that TensorBoard reads.
        model: The model.
        metadata: The file with a name for each row of every table, or a dict of such files by layer, or `None`.

    Raises:
        ArgumentError: There is a file for a layer that embeds nothing.
    """
    layers = list(embedding_layers(model))
    if isinstance(metadata, dict):
        unknown = set(metadata) - {layer.name for layer in layers}
        if unknown:
            raise ArgumentError(
                "Names of rows are for layers that embed.",
                received=", ".join(sorted(unknown)),
                hint=", ".join(layer.name for layer in layers) or None,
            )
    entries = []
    for layer in layers:
        names = metadata.get(layer.name) if isinstance(metadata, dict) else metadata
        lines = [f'  tensor_name: "{_quoted(layer.path)}"', f'  tensor_path: "{_quoted(_file_of(layer))}"']
        if names is not None:
            lines.append(f'  metadata_path: "{_quoted(str(names))}"')
        entries.append("\n".join(["embeddings {", *lines, "}\n"]))
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "projector_config.pbtxt").write_text("".join(entries), encoding="utf-8")


def write_embeddings(folder: Any, model: Any) -> None:
    """Write the tables as they are now, a row on a line."""
    for layer in embedding_layers(model):
        np.savetxt(pathlib.Path(folder) / _file_of(layer), layer.embeddings.numpy(), fmt="%.8g", delimiter="\t")


def _file_of(layer: Any) -> str:
    return f"embeddings_{layer.path.replace('/', '_')}.tsv"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
