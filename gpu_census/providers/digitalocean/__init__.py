"""DigitalOcean: `sizes_api` (needs a token) and `regional_availability_page` (public; its GPU rows were never seen)."""
