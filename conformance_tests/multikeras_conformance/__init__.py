"""The conformance suite: `pytest --pyargs multikeras_conformance --mk-backend=NAME` for any installed backend."""
