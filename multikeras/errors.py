"""Every exception that multikeras raises.

    MultikerasError
    ├── ArgumentError(ValueError)             an argument has a value that the call does not take
    │   ├── ShapeError                        a shape or an axis is wrong
    │   ├── DTypeError(TypeError)             a dtype is wrong, or the backend cannot hold it
    │   ├── IndexRangeError(IndexError)       an index points at no entry
    │   └── StructureError                    nested inputs do not have the expected structure
    ├── BackendError                          a backend cannot be chosen, loaded or used
    │   ├── BackendNotInstalledError(ImportError)
    │   ├── BackendImportError(ImportError)
    │   ├── BackendConflictError(ValueError)
    │   ├── ContractError
    │   └── MixedBackendsError(ValueError)
    ├── NotSupportedError(NotImplementedError) this backend, or this class, has no such ability
    ├── NotBuiltError(ValueError)             a layer is used before its shapes can be known
    ├── StateError(RuntimeError)              an object is not in the state that the call needs
    │   └── NoValueError                      a symbolic tensor is asked for values
    ├── MissingExtraError(ImportError)        an optional dependency is not installed
    ├── SerializationError(ValueError)        a configuration cannot be written or read
    │   └── FileFormatError(OSError)          a saved file is damaged, hostile or of another kind
    └── DownloadError(OSError)                a file cannot be fetched
        └── CorruptDownloadError(ValueError)  what came is not the file expected

A message has up to three lines: the rule as a sentence; `received:` the values that decide it; `try:` one thing
to type. Each class also derives from the built-in exception that Keras raises in the same place, so that handlers
written for Keras go on working.
"""

from __future__ import annotations


class MultikerasError(Exception):
    """The base of every exception that multikeras raises.

    Args:
        rule: The rule that was broken, as a sentence.
        received: The values that decide it, shapes with dtypes.
        hint: One thing to type.

    ```python
    >>> str(MultikerasError("A rate lies in [0, 1].", received="rate=2.0", hint="rate=0.5")).splitlines()
    ['A rate lies in [0, 1].', 'received: rate=2.0', 'try: rate=0.5']

    ```
    """

    def __init__(self, rule: str, received: str | None = None, hint: str | None = None) -> None:
        text = rule
        if received is not None:
            text += f"\nreceived: {received}"
        if hint is not None:
            text += f"\ntry: {hint}"
        super().__init__(text)
        self.rule = rule
        self.received = received
        self.hint = hint

    def __reduce__(self) -> tuple:
        return type(self), (self.rule, self.received, self.hint)

    def __str__(self) -> str:
        # OSError and ImportError would format their own way.
        return str(self.args[0]) if self.args else self.rule


class ArgumentError(MultikerasError, ValueError):
    """An argument has a value that the call does not take."""


class ShapeError(ArgumentError):
    """A shape or an axis is wrong."""


class DTypeError(ArgumentError, TypeError):
    """A dtype is wrong, or the backend cannot hold it."""


class IndexRangeError(ArgumentError, IndexError):
    """An index points at no entry."""


class StructureError(ArgumentError):
    """Nested inputs do not have the expected structure."""


class BackendError(MultikerasError):
    """A backend cannot be chosen, loaded or used."""


class BackendNotInstalledError(BackendError, ImportError):
    """No installed package provides a backend of this name."""


class BackendImportError(BackendError, ImportError):
    """The backend is registered, but importing it failed; the cause is chained."""


class BackendConflictError(BackendError, ValueError):
    """Two installed packages provide a backend of the same name."""


class ContractError(BackendError):
    """The backend was written for another version of the contract, or does not fulfil it."""


class MixedBackendsError(BackendError, ValueError):
    """Tensors, variables or layers of two backends meet in one call."""


class NotSupportedError(MultikerasError, NotImplementedError):
    """This backend, or this class, has no such ability."""


class NotBuiltError(MultikerasError, ValueError):
    """A layer is used before its shapes can be known."""


class StateError(MultikerasError, RuntimeError):
    """An object is not in the state that the call needs."""


class NoValueError(StateError):
    """A symbolic tensor is asked for values."""


class MissingExtraError(MultikerasError, ImportError):
    """An optional dependency is not installed."""


class SerializationError(MultikerasError, ValueError):
    """A configuration cannot be written or read."""


class FileFormatError(SerializationError, OSError):
    """A saved file is damaged, hostile or of another kind."""


class DownloadError(MultikerasError, OSError):
    """A file cannot be fetched."""


class CorruptDownloadError(DownloadError, ValueError):
    """What came is not the file expected."""
