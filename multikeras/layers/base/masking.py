"""Masks that travel with tensors through a layer."""

from __future__ import annotations

from typing import Any

from multikeras.graph.operation import flatten, map_structure
from multikeras.layers.base.losses import Losses
from multikeras.state.masks import attached, get_mask, masks, set_mask


class Masking(Losses):
    """The side of a layer that hands on masks."""

    def _gather_masks(self, signature: Any, inputs: dict[str, Any]) -> Any:
        """Fill in mask arguments from the masks of tensors; returns those of the first argument, `None` for none."""
        if not masks.live and not attached.seen and not any(name in inputs for name in signature.mask_of):
            return None
        for mask_name, name in signature.mask_of.items():
            if inputs.get(mask_name) is None and name in inputs:
                found = map_structure(get_mask, inputs[name])
                if any(m is not None for m in flatten(found)):
                    inputs[mask_name] = found
        previous = inputs.get("mask") if signature.mask_of.get("mask") else None
        if previous is None and signature.first in inputs:
            previous = map_structure(get_mask, inputs[signature.first])
        return previous if any(m is not None for m in flatten(previous)) else None

    def _hand_on_masks(self, inputs: Any, outputs: Any, previous: Any) -> None:
        if not self.supports_masking:
            import warnings

            warnings.warn(
                f"Layer {self.name!r} ({type(self).__name__}) does not hand on masks: the mask of its input ends here. "
                "Set `supports_masking = True` if its output has the same steps.",
                stacklevel=4,
            )
            return
        computed = self.compute_mask(inputs, previous)
        flat_outputs, flat_masks = flatten(outputs), flatten(computed)
        if len(flat_masks) == 1 and len(flat_outputs) > 1:
            flat_masks = flat_masks * len(flat_outputs)
        given = {id(x) for x in flatten(inputs)}
        for x, mask in zip(flat_outputs, flat_masks, strict=True):
            # An output that is the input itself keeps its own.
            if id(x) not in given and mask is not None:
                set_mask(x, mask)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks of the outputs, given those of the inputs: the same ones by default."""
        return previous_mask
