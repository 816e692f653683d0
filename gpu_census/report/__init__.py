"""The report: one self-contained page per language, made from the published database alone, and the small maps."""
