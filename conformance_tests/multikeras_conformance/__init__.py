"""The conformance suite: `pytest --pyargs multikeras_conformance --mk-backend=NAME` runs it on any installed backend.

Every declared op is called on every one of its cases and dtypes, and compared with an independent oracle; layers,
losses, metrics, optimizers and training are held to what must be true on every backend.
"""
