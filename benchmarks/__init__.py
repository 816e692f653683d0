"""How fast the census is, and how much memory it takes, beside peers and floors: `python -m benchmarks --help`.

What belongs here: what is measured, what it is measured against, and what it makes to measure with. What does not:
whether results are right; that is tested in `gpu_census_tests`.
"""
