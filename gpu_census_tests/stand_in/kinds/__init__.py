"""The kinds of faults: each turns a reply into another one, or gives it back where it has nothing to break.

A kind is a function of the reply, the request and the fault's `value`, a text; its docstring says what it plays.
Modules by what is broken: `statuses`, `lines` (the connection), `contents` (JSON and text), `encodings` (bytes).
"""

from __future__ import annotations

from collections.abc import Callable

from gpu_census_tests.stand_in.kinds import contents, encodings, lines, statuses
from gpu_census_tests.stand_in.reply import Reply
from gpu_census_tests.stand_in.seen import Seen

Kind = Callable[[Reply, Seen, str], Reply]

KINDS: dict[str, Kind] = statuses.KINDS | lines.KINDS | contents.KINDS | encodings.KINDS


def kind_named(name: str) -> Kind | None:
    """The kind of that name; three digits are a status."""
    if len(name) == 3 and name.isdigit() and "200" <= name < "600":
        return lambda reply, seen, value: statuses.status(reply, int(name), value)
    return KINDS.get(name)
