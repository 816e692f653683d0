"""Which accelerator an instance type holds, for listings that name only the type.

What belongs here: reading `reference/instance_accelerator/<provider>.csv` (exact facts) and
`reference/instance_family/<provider>.csv` (patterns, used only for types without an exact fact),
and joining them to a listing. What does not: the facts themselves, and what a label means.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl

REFERENCE = Path(__file__).parent
FACTS = {
    "instance_type": pl.String,
    "accelerator_label": pl.String,
    "accelerator_count": pl.String,
}
PATTERNS = {"pattern": pl.String, "accelerator_label": pl.String}


@cache
def accelerators_of(provider: str, *, reference: Path = REFERENCE) -> pl.DataFrame:
    """The exact facts: one row per instance type and accelerator.

    Counts stay text, as written in the table: `8`, `0.125`, empty for not known.
    """
    return _read(reference / "instance_accelerator" / f"{provider}.csv", FACTS)


@cache
def families_of(provider: str, *, reference: Path = REFERENCE) -> pl.DataFrame:
    """The fallback patterns; each must match the whole name of an instance type."""
    return _read(reference / "instance_family" / f"{provider}.csv", PATTERNS)


def resolve(
    listed: pl.DataFrame,
    *,
    provider: str,
    all_accelerated: bool = False,
    reference: Path = REFERENCE,
) -> pl.DataFrame:
    """Add `accelerator_label` and `accelerator_count` to rows with an `instance_type`.

    A type that neither table knows holds no accelerator and its rows are left out; in a listing
    of accelerated types alone (`all_accelerated`) such a type is an error instead.
    """
    exact = accelerators_of(provider, reference=reference)
    patterns = families_of(provider, reference=reference)
    names = set(listed["instance_type"])
    labels = {name: _family_label(name, patterns) for name in sorted(names - set(exact["instance_type"]))}
    unknown = [name for name, label in labels.items() if label is None]
    if all_accelerated and unknown:
        raise ValueError(f"{provider}: no accelerator is known for {', '.join(unknown)}")
    matched = [(name, label, None) for name, label in labels.items() if label is not None]
    by_family = pl.DataFrame(matched, schema=FACTS, orient="row")
    return listed.join(pl.concat([exact, by_family]), on="instance_type", how="inner")


@cache
def accelerators_in(provider: str, instance_type: str) -> tuple[tuple[str, float | None], ...]:
    """(label, count) of each accelerator that an instance type holds; empty where none is known."""
    facts = _exact(provider).get(instance_type)
    if facts is not None:
        return tuple(facts)
    label = _family_label(instance_type, families_of(provider))
    return ((label, None),) if label is not None else ()


@cache
def _exact(provider: str) -> dict[str, list[tuple[str, float | None]]]:
    facts: dict[str, list[tuple[str, float | None]]] = {}
    for name, label, count in accelerators_of(provider).iter_rows():
        facts.setdefault(name, []).append((label, float(count) if count else None))
    return facts


def _family_label(name: str, patterns: pl.DataFrame) -> str | None:
    labels = {label for pattern, label in patterns.iter_rows() if re.fullmatch(pattern, name)}
    if len(labels) > 1:
        raise ValueError(f"{name}: family patterns disagree: {sorted(labels)}")
    return labels.pop() if labels else None


def _read(path: Path, columns: dict[str, type[pl.String]]) -> pl.DataFrame:
    if not path.exists():
        return pl.DataFrame(schema=columns)
    return pl.read_csv(path, infer_schema=False).select(list(columns))
