"""The commands that read what is published, one per module; `gpu_census.cli` registers them."""
