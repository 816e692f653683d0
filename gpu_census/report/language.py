"""The page's languages: texts from `texts/<code>.toml`, names of countries and clouds, dates and ranges in words.

Whatever a reader sees in words is in those files; no module of the report holds a sentence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "texts"
CODES = ("en", "zh")


class Language:
    """One language of the page."""

    def __init__(self, code: str, texts: Mapping[str, Any]) -> None:
        self.code = code
        self.texts = texts
        self.tag: str = texts["tag"]
        self._months: list[str] = texts["months"]

    def say(self, key: str, **values: Any) -> str:
        """The text under a dotted key, its places filled in."""
        text: str = self._find(key)
        return text.format(**values) if values else text

    def term(self, group: str, word: Any) -> str:
        """A word of the database in this language; a word that is new to the page stays as it is."""
        found: str = self._find(group).get(str(word), str(word).replace("_", " "))
        return found

    def cloud(self, provider: str, name: str | None = None) -> str:
        """The name people know a cloud by."""
        found: str = self.texts["clouds"].get(provider) or name or provider
        return found

    def country(self, row: Mapping[str, Any]) -> str:
        """The short name of a country or territory, from its row of `reference.country`."""
        found: str = (row["name_short_zh"] if self.code == "zh" else None) or row["name_short_en"]
        return found

    def day(self, day: date | None) -> str:
        """A date in words."""
        if day is None:
            return self.say("words.unknown")
        return self.say("words.day", year=day.year, month=self._months[day.month - 1], day=day.day)

    def listed(self, words: list[str]) -> str:
        """Words in a row, as a sentence lists them."""
        separator, last = self.say("words.comma"), self.say("words.and")
        return last.join(filter(None, (separator.join(words[:-1]), *words[-1:])))

    def _find(self, key: str) -> Any:
        found: Any = self.texts
        for part in key.split("."):
            found = found[part]
        return found


@cache
def language(code: str) -> Language:
    """A language by its code."""
    return Language(code, tomllib.loads((TEXTS / f"{code}.toml").read_text(encoding="utf-8")))


def ranged(count: int, at_least: int, at_most: int) -> str:
    """A count with what the evidence leaves open, always written so: 41 (38-47)."""
    return f"{count} ({at_least}-{at_most})"
