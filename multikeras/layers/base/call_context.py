"""What the calls that are in progress on this thread share: the training flag, and which layer was called first."""

from __future__ import annotations

import threading


class _Calls(threading.local):
    """`training` is what the innermost call that said so asked for; `depth` counts calls in progress."""

    def __init__(self) -> None:
        self.training: bool | None = None
        self.depth = 0


calls = _Calls()


class _Changes:
    """How often something changed that was decided ahead of calls: a layer added its first loss, got another dtype
    policy, or is listened to. Direct paths remember the count that they were made at, and are decided anew at another.
    """

    count = 0


changes = _Changes()
