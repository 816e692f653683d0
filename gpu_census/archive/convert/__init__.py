"""How the bundled archive was made: one module per origin, each turning one published listing into fact tables.

What belongs here: reading a foreign file and naming the facts in it. What does not: deciding what a label
means (`gpu_census.reference`) or which regions count (`gpu_census.census`).

Every module has one function `convert(data: Path, archive: Path) -> None`. `python -m gpu_census.archive.convert
DATA ARCHIVE` runs them all; running them again changes nothing.
"""
