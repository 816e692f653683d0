"""What every command has beside its own options: `--quiet`, and `--json` where it prints rows."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from gpu_census.commands.options import Format
from gpu_census.terminal import silence, working

Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only; the exit status tells the rest.")]
Json = Annotated[bool, typer.Option("--json", help="The same as --format json.")]


def with_common_options(command: Callable[..., None], *, doing: str = "") -> Callable[..., None]:
    """The command as it is registered. `doing` is told while it runs, where that takes a while."""
    signature = inspect.signature(command, eval_str=True)
    added = {"quiet": Quiet}
    if "format" in signature.parameters and "json" not in signature.parameters:
        added = {"json": Json} | added

    @functools.wraps(command)
    def run(**given: Any) -> None:
        quiet = given.pop("quiet")
        if "json" in added and given.pop("json"):
            given["format"] = Format.json
        with silence() if quiet else nullcontext(), working(doing) if doing else nullcontext():
            command(**given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter(name, keyword, default=False, annotation=annotation) for name, annotation in added.items()
    ]
    parameters = [*signature.parameters.values(), *options]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run
