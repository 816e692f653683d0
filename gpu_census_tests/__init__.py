"""The tests of gpu_census."""
