"""Nights on which a source of a made archive forgets much at once, for `archive_maker`.

For one to four dates in a row a source tells again what it told on the date before, with something left out, and the
same is left out each time: what the shrink guard of METHOD 4 is about.
"""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path

MOST_NIGHTS = 4
LIMITS = {"gone_regions": (0.0, 0.34, 0.5), "gone_pairs": (1, 2), "gone_share": (0.0, 0.5, 0.75)}


@dataclass(frozen=True, kw_only=True)
class _Memory:
    """What is still told: the regions that are named, those of them with anything in them, and the labels."""

    named: set[str]
    telling: set[str]
    labels: set[str]

    def keeps(self, row: dict[str, str]) -> bool:
        if "accelerator_label" not in row:
            return row["region_code"] in self.named
        return row["region_code"] in self.telling & self.named and row["accelerator_label"] in self.labels


def forget_at_once(folder: Path, *, seed: int) -> None:
    """Let about half of the sources of an archive forget something for a while."""
    rng = random.Random(f"glitches {seed}")
    for source in sorted(folder.glob("*/*")):
        days = sorted(path for path in source.iterdir() if path.is_dir())
        if len(days) < 2 or rng.random() < 0.5:
            continue
        first = rng.randrange(1, len(days))
        before = days[first - 1]
        memory = _memory(rng, before)
        with (source / "source.toml").open("a", encoding="utf-8") as card:
            card.writelines(f"{name} = {rng.choice(some)}\n" for name, some in LIMITS.items() if rng.random() < 0.2)
        for day in days[first : first + rng.randint(1, MOST_NIGHTS)]:
            for name in ("regions.csv", "offerings.csv"):
                _tell_again(before / name, day / name, memory)


def _memory(rng: random.Random, before: Path) -> _Memory:
    """Some regions, some labels, or all that one region or every region lists, are forgotten."""
    codes = sorted({row["region_code"] for row in _read(before / "regions.csv")[1]})
    labels = sorted({row["accelerator_label"] for row in _read(before / "offerings.csv")[1]})
    named, telling, kept = set(codes), set(codes), set(labels)
    match rng.choice(("regions", "labels", "one region", "everything")):
        case "regions":
            named = set(rng.sample(codes, k=rng.randint(1, len(codes))))
        case "labels":
            kept = set(rng.sample(labels, k=rng.randint(0, len(labels))))
        case "one region":
            telling.remove(rng.choice(codes))
        case _:
            telling = set()
    return _Memory(named=named, telling=telling, labels=kept)


def _tell_again(before: Path, path: Path, memory: _Memory) -> None:
    names, rows = _read(before)
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if memory.keeps(row))


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        return list(reader.fieldnames or ()), list(reader)
