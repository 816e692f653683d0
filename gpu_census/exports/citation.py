"""`CITATION.cff` (Citation File Format 1.2): how to cite the census of one date. No DOI is claimed for it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from gpu_census import __version__

TEMPLATE = """\
cff-version: 1.2.0
message: {message}
type: dataset
title: {title}
abstract: {abstract}
authors:
  - name: The gpu_census contributors
version: {version}
date-released: {date}
keywords:
  - AI compute
  - public cloud
  - accelerators
  - compute sovereignty
references:
  - type: conference-paper
    title: {paper}
    authors:
      - family-names: Lehdonvirta
        given-names: Vili
      - family-names: Wú
        given-names: Bóxī
      - family-names: Hawkins
        given-names: Zoe
    year: 2024
    url: https://doi.org/10.1609/aies.v7i1.31683
    notes: The study that this census continues.
"""


def write_citation(path: Path, census_date: date) -> None:
    """Write the file; texts are quoted as JSON, which YAML reads as they are."""
    texts = {
        "message": "If you use this census, please cite it with its date and the version of its code.",
        "title": f"gpu_census: the census of the world's public-cloud AI compute, {census_date}",
        "abstract": (
            "Which public cloud region offers which accelerator, by country and territory, with the evidence behind "
            "each finding and the range that the evidence leaves open. A listing is not capacity."
        ),
        "version": __version__,
        "paper": "Compute North vs. Compute South: The Uneven Possibilities of Compute-based AI Governance "
        "Around the Globe",
    }
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}
    path.write_text(TEMPLATE.format(date=census_date.isoformat(), **quoted), encoding="utf-8")
