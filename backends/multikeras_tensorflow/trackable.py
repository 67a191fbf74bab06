"""TrackableLayer: what makes a multikeras layer trackable by TensorFlow's checkpoints and saved models."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras.state.tracking import owned


class TrackableLayer(tf.__internal__.tracking.AutoTrackable):  # type: ignore[name-defined]
    """The second base of layers on this backend: its children are found as core finds them, by walking attributes."""

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        from multikeras.random.seed import SeedGenerator

        children: dict[str, Any] = {}
        for i, variable in enumerate(self._own_variables()):  # type: ignore[attr-defined]
            children[f"variable_{i}"] = variable._storage
        for path, generator in owned(self, (SeedGenerator,)):
            children[path.replace("/", "_")] = generator.state._storage
        for layer in self._sublayers():  # type: ignore[attr-defined]
            children[f"layer_{layer.name}"] = layer
        for path, other in owned(self, (tf.__internal__.tracking.Trackable,)):
            if not hasattr(other, "_sublayers"):
                children[path.replace("/", "_")] = other
        return children
