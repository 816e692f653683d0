"""What came of a refresh, read from the events of its run, in words for a person."""

from __future__ import annotations

import html
import re
from typing import Any

import dagster as dg

from gpu_census.assets.answers import ANSWERED, UNREACHED
from gpu_census.assets.exports import WRITTEN
from gpu_census.assets.history import UNSUSPECTED
from gpu_census.assets.listing import EVERY_ROW_GOOD
from gpu_census.refreshed import Refreshed


def outcome_of(result: dg.ExecuteInProcessResult) -> Refreshed:
    """What a finished run tells: errors in their own words, failed checks with examples."""
    problems: list[str] = []
    warnings: list[str] = []
    metadata: dict[str, dict[str, Any]] = {}
    for event in result.all_events:
        if event.is_step_failure:
            problems.append(_cause(event.step_failure_data.error, event.step_failure_data.user_failure_data))
        elif event.event_type_value == "RESOURCE_INIT_FAILURE":
            problems.append(_cause(event.engine_event_data.error, None))
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            _sort_check(event.asset_check_evaluation_data, problems, warnings)
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            made = event.step_materialization_data.materialization
            metadata["/".join(made.asset_key.path)] = {name: value.value for name, value in made.metadata.items()}
    problems = [problem for problem in problems if problem]
    if not result.success and not problems:
        problems = ["the run failed; `gpu-census ui` shows where"]
    asked = {key.split("/")[0]: told["requests"] for key, told in metadata.items() if key.endswith("/answers")}
    return Refreshed(
        result.success,
        problems,
        warnings,
        {provider: requests for provider, requests in asked.items() if requests},
        metadata.get("published_database", {}).get("swapped", True),
    )


def _sort_check(evaluation: Any, problems: list[str], warnings: list[str]) -> None:
    if evaluation.passed:
        return
    name = f"{'/'.join(evaluation.asset_key.path)}: {evaluation.check_name}"
    counts = {
        label: evaluation.metadata[label].value
        for label in ("failing_rows", "rows", "regions")
        if label in evaluation.metadata
    }
    count = next(iter(counts.values()), 0)
    examples = html.unescape(evaluation.metadata["examples"].value) if "examples" in evaluation.metadata else ""
    if evaluation.severity == dg.AssetCheckSeverity.ERROR:
        problems.append(f"{name} fails for {count} rows\n{examples}".strip())
    elif name.endswith(ANSWERED):
        if evaluation.description != UNREACHED:  # told once, when it was found
            warnings.append(f"{evaluation.asset_key.path[0]}: {evaluation.description}")
    elif name.endswith((UNSUSPECTED, WRITTEN)):
        warnings.append(evaluation.description or name)
    else:
        where = "; `gpu-census sql 'FROM quarantine'` shows them" if name.endswith(EVERY_ROW_GOOD) else ""
        warnings.append(f"{name}: {count} rows{where}")


def _cause(error: Any, failure: Any) -> str:
    """The message of the error that started it; blocking checks tell their own story."""
    if failure is not None:
        cases = failure.metadata.get("failure_cases")
        return f"{failure.description}\n{cases.value if cases else ''}".strip()
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None or re.search(r"blocking asset checks? ", error.message or ""):
        return ""
    if "Interrupt" in (error.cls_name or "") or "Interrupt" in (error.message or ""):
        return "interrupted"
    name, _, message = (error.message or "").partition(": ")
    return message.strip() if name.startswith("gpu_census.errors.") else (error.message or "").strip()
