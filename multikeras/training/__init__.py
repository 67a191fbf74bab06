"""Training: one loop and one step for every backend."""

from multikeras.training.gradients import value_and_grad

__all__ = ["value_and_grad"]
