"""Small tables of facts that do not come from a listing: countries, accelerators, providers, regions, profiles."""
