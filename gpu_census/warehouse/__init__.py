"""DuckDB: the private build database, the SQL models, and the swap that publishes them."""
