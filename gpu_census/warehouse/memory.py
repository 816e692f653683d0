"""How much memory DuckDB keeps for later; nothing else of its settings."""

from __future__ import annotations

import duckdb

# DuckDB keeps up to 128 MiB that queries have needed. A census has dozens of small ones, and Python beside them
THRESHOLDS = ("allocator_flush_threshold", "allocator_bulk_deallocation_flush_threshold")


def give_memory_back(connection: duckdb.DuckDBPyConnection) -> None:
    """From now on, what a query no longer needs is given back to the system."""
    for name in THRESHOLDS:
        connection.execute(f"SET {name} = '1MB'")
