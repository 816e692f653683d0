"""Run every conversion: `python -m gpu_census.archive.convert DATA ARCHIVE`.

DATA is the folder of recordings, ARCHIVE the folder that receives the listings. A module of this
package takes part when it has a function `convert`; nothing is registered anywhere.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

import gpu_census.archive.convert as package


def conversions() -> Iterator[tuple[str, Callable[[Path, Path], None]]]:
    """Every conversion with its module name, in order of name."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    for name in names:
        if name == "__main__":
            continue
        convert = getattr(importlib.import_module(f"{package.__name__}.{name}"), "convert", None)
        if convert is not None:
            yield name, convert


def main() -> None:
    """Run every conversion and name it when it is done."""
    parser = argparse.ArgumentParser(
        prog="python -m gpu_census.archive.convert",
        description="Turn the recorded listings into the archive's own form.",
    )
    parser.add_argument("data", type=Path, help="the folder of recordings")
    parser.add_argument("archive", type=Path, help="the folder that receives the listings")
    arguments = parser.parse_args()
    for name, convert in conversions():
        convert(arguments.data, arguments.archive)
        print(name)


if __name__ == "__main__":
    main()
