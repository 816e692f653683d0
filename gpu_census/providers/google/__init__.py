"""Google Cloud: its two location pages, its list of regions, the billing catalogue and the Compute API."""
