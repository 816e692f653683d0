"""What a provider's label means, and what a source's scope covers.

The label is one of: a model of the reference table, `unknown`, or no accelerator at all.
"""

from __future__ import annotations

from .reference import Accelerator, OracleReference

UNKNOWN = "unknown"
MAKERS = {
    "nvidia",
    "tesla",
    "amd",
    "instinct",
    "intel",
    "habana",
    "google",
    "aws",
    "huawei",
    "qualcomm",
}


def normalised(label: str) -> str:
    """Reduce a label to what distinguishes it: no makers' words, letters and digits only."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in label.casefold())
    return "".join(word for word in spaced.split() if word not in MAKERS)


def resolve(label: str, *, provider: str, reference: OracleReference) -> str | None:
    """Name the model behind a label, `unknown`, or None where it is no accelerator."""
    if (provider, label) not in reference.resolved:
        reference.resolved[provider, label] = _look_up(label, provider, reference)
    return reference.resolved[provider, label]


def _look_up(label: str, provider: str, reference: OracleReference) -> str | None:
    form = normalised(label)
    for owner in (provider, ""):
        for (stated_for, stated), (resolution, model) in reference.labels.items():
            if stated_for == owner and normalised(stated) == form:
                return {"model": model, "masked": UNKNOWN, "not_an_accelerator": None}[resolution]
    for accelerator in reference.accelerators:
        names = (accelerator.accelerator_model, *accelerator.aliases)
        if form in {normalised(name) for name in names}:
            return accelerator.accelerator_model
    return UNKNOWN


def covers(scope: tuple[str, ...], model: str, *, reference: OracleReference) -> bool:
    """Say whether silence of a source with this scope means absence of the model."""
    if model == UNKNOWN:
        # An unknown label could be the very thing that a scope leaves out.
        return set(scope) == {"all"}
    words = _words_of(_accelerator(model, reference=reference), model)
    included = {term for term in scope if not term.startswith("-")}
    excluded = {term.removeprefix("-").strip() for term in scope if term.startswith("-")}
    return bool(included & words) and not excluded & words


def _accelerator(model: str, *, reference: OracleReference) -> Accelerator | None:
    for accelerator in reference.accelerators:
        if accelerator.accelerator_model == model:
            return accelerator
    return None


def _words_of(accelerator: Accelerator | None, model: str) -> set[str]:
    words = {"all", model.casefold()}
    if accelerator is not None:
        words |= {text.casefold() for text in (accelerator.kind, accelerator.vendor, accelerator.family) if text}
    return words
