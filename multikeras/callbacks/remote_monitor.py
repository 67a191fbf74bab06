"""RemoteMonitor: the logs of each epoch for a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import warnings
from typing import Any

import numpy as np

from multikeras.callbacks.callback import Callback
from multikeras.errors import ArgumentError

# Training goes on when a server does not answer for so many seconds.
_TIMEOUT = 30.0


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server, by POST. Where it can't be reached there is a warning.

    Args:
        root: The server, `http://` or `https://`.
        path: The path there.
        field: The field of the form that holds the logs, written in JSON.
        headers: Headers of the request.
        send_as_json: Whether the body is the JSON itself, and not a form.

    Raises:
        ArgumentError: The server has another kind of address.

    ```python
    >>> RemoteMonitor("http://localhost:9000").path
    '/publish/epoch/end/'

    ```
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if urllib.parse.urlsplit(root).scheme not in ("http", "https"):
            raise ArgumentError("A server's address begins with http:// or https://.", received=repr(root))
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send the logs."""
        sent = json.dumps({"epoch": epoch, **{name: _plain(value) for name, value in (logs or {}).items()}})
        if self.send_as_json:
            body, kind = sent, "application/json"
        else:
            body, kind = urllib.parse.urlencode({self.field: sent}), "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        # The scheme was looked at when this was made.
        request = urllib.request.Request(self.root + self.path, body.encode(), headers, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT):  # noqa: S310
                return
        except urllib.error.HTTPError as error:
            trouble = f"answered {error.code} {error.reason}"
            error.close()
        except OSError as error:
            trouble = f"could not be reached: {error}"
        warnings.warn(f"The server at {self.root + self.path} {trouble}.", stacklevel=2)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return value
