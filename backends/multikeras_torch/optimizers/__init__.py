"""Steps of optimizers for all variables at once, in place.

Each function takes the optimizer, gradients, values, slots by name, pairs of a value and its weight decay, the learning
rate and the number of steps made before: see `Backend.fused_updates`.
"""

from multikeras_torch.optimizers import many
from multikeras_torch.optimizers.fused import adam, rmsprop, sgd
from multikeras_torch.optimizers.lists import adadelta, adagrad, adamax, ftrl, lamb, lion, nadam, schedule_free

fused_updates = {
    "Adadelta": adadelta,
    "Adagrad": adagrad,
    "Adam": adam,
    "Adamax": adamax,
    "Ftrl": ftrl,
    "Lamb": lamb,
    "Lion": lion,
    "Nadam": nadam,
    "RMSprop": rmsprop,
    "SGD": sgd,
    "ScheduleFreeAdamW": schedule_free,
}

__all__ = ["fused_updates", "many"]
