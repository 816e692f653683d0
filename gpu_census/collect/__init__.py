"""Asking: politely, within limits, keeping every answer; and reading kept answers again."""
