"""`<provider>/answers`: every cloud asked, all at once, and every answer landed.

One step asks all of them, because most of a night is waiting. A cloud that fails is a warning on its own asset; what
it last answered well is carried forward.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg

from gpu_census.assets.appearance import OWNERS, markdown_table
from gpu_census.assets.plan import Plan, answers_key
from gpu_census.collect.landing import Landing
from gpu_census.collect.limits import limits_from_environment
from gpu_census.collect.network import replay_from_environment
from gpu_census.collect.night import AskedSource, Night, ask_clouds
from gpu_census.providers import live_sources
from gpu_census.providers.contract import Source
from gpu_census.providers.readiness import why_not_asked
from gpu_census.warehouse.build import BuildDatabase, census_date_of

ANSWERED = "asked_and_answered"
OFFLINE = "nobody was asked: offline"
UNREACHED = "no cloud could be reached: counting from the archives and what was landed before"
FAULTS_SHOWN = 20
FAULT_CHARACTERS = 240


def answers_asset(plan: Plan) -> dg.AssetsDefinition:
    """One asset per cloud that can be asked, all of one step."""
    providers = plan.asked
    specs = [
        dg.AssetSpec(
            answers_key(provider),
            deps=["census"],
            group_name="1_ask",
            kinds={"https", "json"},
            owners=OWNERS,
            description=_description(provider),
        )
        for provider in providers
    ]
    checks = [
        dg.AssetCheckSpec(
            ANSWERED, asset=answers_key(provider), description="Every source that was asked answered completely."
        )
        for provider in providers
    ]

    @dg.multi_asset(specs=specs, check_specs=checks, can_subset=True, name="ask_the_clouds")
    def answers(
        context: dg.AssetExecutionContext, build: BuildDatabase
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        chosen = [provider for provider in providers if answers_key(provider) in context.selected_asset_keys]
        with build.get_connection() as connection:
            census_date = census_date_of(connection)
        why = _why_nobody(plan, census_date)
        sources = [source for source in live_sources() if source.provider in chosen and not why_not_asked(source)]
        night = Night() if why else _ask(plan, sources, census_date)
        if not night.reached:
            plan.told(UNREACHED)
        for provider in chosen:
            asked = [one for one in night.asked if one.provider == provider]
            yield _result(provider, asked, why)
            yield _check(provider, asked, reached=night.reached)

    return answers


def _why_nobody(plan: Plan, census_date: date) -> str:
    """Answers are filed under the day they are given, so no other day can be asked for, but in a replay."""
    if plan.offline:
        return OFFLINE
    today = datetime.now(UTC).date()
    if census_date != today and replay_from_environment() is None:
        return f"nobody was asked: the clouds tell of {today}, not of {census_date}"
    return ""


def _ask(plan: Plan, sources: list[Source], census_date: date) -> Night:
    counts: dict[str, int] = {}

    def answered(provider: str) -> None:
        counts[provider] = counts.get(provider, 0) + 1
        plan.told("asking: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))

    return ask_clouds(
        sources,
        landing=Landing(plan.home.prepare().landing),
        census_date=census_date,
        limits=limits_from_environment(),
        replay=replay_from_environment(),
        progress=answered,
    )


def _result(provider: str, asked: list[AskedSource], why: str) -> dg.MaterializeResult:
    rows = [(one.source, one.requests, len(one.faults)) for one in asked]
    resting = [f"{source.name} {reason}" for source in live_sources() if source.provider == provider
               for reason in [why_not_asked(source)] if reason]  # fmt: skip
    return dg.MaterializeResult(
        asset_key=answers_key(provider),
        metadata={
            "requests": sum(one.requests for one in asked),
            "asked": dg.MetadataValue.md(markdown_table(("source", "requests", "faults"), rows)),
            "not_asked": why or "; ".join(resting) or "none",
        },
    )


def _check(provider: str, asked: list[AskedSource], *, reached: bool) -> dg.AssetCheckResult:
    faults = [(one.source, fault) for one in asked for fault in one.faults]
    told = UNREACHED if not reached else "; ".join(f"{source}: {_short(fault)}" for source, fault in faults[:3])
    more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
    return dg.AssetCheckResult(
        asset_key=answers_key(provider),
        check_name=ANSWERED,
        passed=reached and not faults,
        severity=dg.AssetCheckSeverity.WARN,
        description=(told + more) or None,
        metadata={
            "faults": len(faults),
            "told": dg.MetadataValue.md(markdown_table(("source", "fault"), faults[:FAULTS_SHOWN])),
        },
    )


def _short(fault: str) -> str:
    return fault if len(fault) <= FAULT_CHARACTERS else f"{fault[: FAULT_CHARACTERS - 1]}…"


def _description(provider: str) -> str:
    lines = [f"- `{source.name}` ({source.evidence}): {source.title}" for source in live_sources()
             if source.provider == provider]  # fmt: skip
    return f"What {provider} answered, kept as it was received:\n\n" + "\n".join(lines)
