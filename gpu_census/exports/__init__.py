"""The published census in other forms: Parquet, CSV, GeoJSON, data package, citation, and what each night said."""
