"""The commands, one per module, as plain functions; `gpu_census.cli` registers them."""
