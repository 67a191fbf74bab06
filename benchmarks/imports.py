"""What `import multikeras` and the first layer on a backend cost over importing what is underneath."""

from __future__ import annotations

from processes import seconds_of
from report import Row

FRAMEWORKS = {"numpy": "numpy", "jax": "jax.numpy", "torch": "torch", "tensorflow": "tensorflow"}

FIRST_LAYER = """
import numpy as np
import multikeras as keras
keras.layers.Dense(4)(np.ones((2, 3), "float32"))
"""

# The same done by hand: whatever the framework does at its first operation is not our cost.
BY_HAND = {
    "numpy": """
import numpy as np
np.ones((2, 3), "float32") @ np.ones((3, 4), "float32") + np.zeros(4, "float32")
""",
    "jax": """
import numpy as np, jax.numpy as jnp
jnp.asarray(np.ones((2, 3), "float32")) @ jnp.ones((3, 4)) + jnp.zeros(4)
""",
    "torch": """
import numpy as np, torch
torch.from_numpy(np.ones((2, 3), "float32")) @ torch.ones((3, 4)) + torch.zeros(4)
""",
    "tensorflow": """
import numpy as np, tensorflow as tf
tf.constant(np.ones((2, 3), "float32")) @ tf.ones((3, 4)) + tf.zeros(4)
""",
}


def rows(backends: list[str], rounds: int) -> list[Row]:
    found = [_compared("import multikeras", "", "import multikeras", "import numpy", "import numpy", rounds, 0.15)]
    for backend in backends:
        name = FRAMEWORKS[backend]
        peer = f"import {name}, by hand"
        rounds_here = rounds if backend == "numpy" else max(5, rounds // 3)
        found.append(_compared("first layer", backend, FIRST_LAYER, peer, BY_HAND[backend], rounds_here, 0.5))
    return found


def _compared(what: str, backend: str, ours: str, peer: str, theirs: str, rounds: int, most: float) -> Row:
    row = Row(what, backend, [], peer, [], "s", most_difference=most)
    for number in range(rounds + 1):
        times = seconds_of(ours, KERAS_BACKEND=backend or "numpy"), seconds_of(theirs)
        if number:  # the first reads the files from disk
            row.ours.append(times[0])
            row.theirs.append(times[1])
    return row
