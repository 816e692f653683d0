"""Microsoft Azure: the Retail Prices API, the price sheet of Azure China, and the Resource SKUs API (signed)."""
