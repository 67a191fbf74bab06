"""Assertions and oracles for tests of layers, ops and backends, those of third parties too."""
