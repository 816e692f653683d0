"""Replication: what studies have published, what this census says of the same thing, and whether the two agree."""
