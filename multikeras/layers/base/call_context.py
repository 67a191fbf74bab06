"""What the calls that are in progress on this thread share: the training flag, and which layer was called first."""

from __future__ import annotations

import threading


class _Calls(threading.local):
    """`training` is what the innermost call that said so asked for; `depth` counts calls in progress."""

    def __init__(self) -> None:
        self.training: bool | None = None
        self.depth = 0


calls = _Calls()


class _Adders:
    """How many layers have been seen to add losses. Their parents look at the count to know that they must collect."""

    count = 0


adders = _Adders()
