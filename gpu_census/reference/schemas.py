"""What the reference tables hold, column by column; described once, for checks, comments and the UI."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from gpu_census.census import vocabulary

ISO2 = r"^[A-Z]{2}$"
VARIANT_WORDS = {
    "findings": vocabulary.FINDINGS,
    "evidence_levels": vocabulary.EVIDENCE,
    "sold_as": vocabulary.SALES,
    "also_access": vocabulary.ACCESS,
    "left_out_statuses": vocabulary.REGION_STATUSES,
    "left_out_partitions": vocabulary.PARTITIONS,
}


class Country(pa.DataFrameModel):
    """A country or territory: the 249 ISO 3166-1 codes and Kosovo."""

    country_iso2: str = pa.Field(unique=True, str_matches=ISO2, description="ISO 3166-1 alpha-2, or XK")
    country_iso3: str = pa.Field(nullable=True, description="ISO 3166-1 alpha-3")
    m49: str = pa.Field(nullable=True, description="UN M49 code")
    name_en: str = pa.Field(description="Official English name")
    name_short_en: str = pa.Field(description="Short English name, for tables and charts")
    name_zh: str = pa.Field(nullable=True, description="Official Chinese name")
    name_short_zh: str = pa.Field(nullable=True, description="Short Chinese name")
    name_zh_cn_style: str = pa.Field(nullable=True, description="Chinese name in mainland house style")
    name_zh_tw: str = pa.Field(nullable=True, description="Chinese name in traditional characters")
    un_region: str = pa.Field(nullable=True, description="UN M49 region")
    un_subregion: str = pa.Field(nullable=True, description="UN M49 subregion")
    wb_income_fy24: str = pa.Field(nullable=True, description="World Bank income group, July 2023 to June 2024")
    wb_income_fy25: str = pa.Field(nullable=True, description="World Bank income group, July 2024 to June 2025")
    wb_income_fy26: str = pa.Field(nullable=True, description="World Bank income group, July 2025 to June 2026")
    wb_income_fy27: str = pa.Field(nullable=True, description="World Bank income group, from July 2026")
    imf_advanced_from: pl.Date = pa.Field(nullable=True, description="Since when an IMF advanced economy")
    unctad_developed_from: pl.Date = pa.Field(nullable=True, description="Since when developed for UNCTAD")
    g77: bool = pa.Field(nullable=True, description="Listed by the Group of 77")
    eu27: bool = pa.Field(nullable=True, description="Member of the European Union")
    oecd: bool = pa.Field(nullable=True, description="Member of the OECD")
    g20: bool = pa.Field(nullable=True, description="Member of the G20")
    ldc: bool = pa.Field(nullable=True, description="On the UN list of least developed countries")
    imf_lidc: bool = pa.Field(nullable=True, description="IMF low-income developing country")
    un_member: bool = pa.Field(description="Member of the United Nations")
    in_count_universe: bool = pa.Field(description="Counted where countries are counted (METHOD 1)")
    us_country_group: str = pa.Field(nullable=True, description="Country groups of the US export rules")
    population: int = pa.Field(nullable=True, ge=0, description="People")
    population_year: int = pa.Field(nullable=True, description="The year the population is of")
    gdp_usd: float = pa.Field(nullable=True, ge=0, description="Gross domestic product, current US dollars")
    superpower: bool = pa.Field(description="The United States and China, left out of 'the other North countries'")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    note: str = pa.Field(nullable=True, description="What to know of the row")


class Accelerator(pa.DataFrameModel):
    """An accelerator model: canonical name, vendor, figures and class."""

    accelerator_model: str = pa.Field(unique=True, description="Canonical name")
    aliases: str = pa.Field(nullable=True, description="Other names, separated by semicolons")
    vendor: str = pa.Field(description="Company whose chip it is")
    vendor_country_iso2: str = pa.Field(str_matches=ISO2, description="Headquarters of the vendor")
    design_country_iso2: str = pa.Field(nullable=True, description="Where it was designed")
    fab_country_iso2: str = pa.Field(nullable=True, description="Where it is made")
    kind: str = pa.Field(isin=["gpu", "apu", "asic", "npu"], description="What it is: gpu, apu, asic or npu")
    family: str = pa.Field(nullable=True, description="Product family, as a source's scope may name it")
    announced_on: str = pa.Field(nullable=True, description="Year, month or day of the announcement")
    memory_gb_nominal: float = pa.Field(nullable=True, description="Memory in the vendor's GB")
    fp16_bf16_dense_tflops: float = pa.Field(nullable=True, description="Dense FP16 or BF16 TFLOPS")
    tpp: float = pa.Field(nullable=True, description="Total processing performance: those TFLOPS times 16")
    die_mm2: float = pa.Field(nullable=True, description="Die area in square millimetres")
    performance_density: float = pa.Field(nullable=True, description="TPP per square millimetre")
    memory_bandwidth_gbs: float = pa.Field(nullable=True, description="Memory bandwidth in GB/s")
    link_gbs: float = pa.Field(nullable=True, description="Chip-to-chip bandwidth in GB/s")
    paper2024_class: str = pa.Field(description="Class in the 2024 paper")
    followup2025_class: str = pa.Field(description="Class in the 2025 follow-up, inferred")
    extended_class: str = pa.Field(description="Class by this project's METHOD, section 5")
    export_note: str = pa.Field(nullable=True, description="Export rules in words")
    confidence: str = pa.Field(nullable=True, description="How sure the figures are")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    note: str = pa.Field(nullable=True, description="What to know of the row")


class AcceleratorLabel(pa.DataFrameModel):
    """What a provider's label means where the model's own names cannot settle it."""

    provider: str = pa.Field(description="The cloud; empty for any")
    label: str = pa.Field(description="The label, in the provider's words")
    resolution: str = pa.Field(
        isin=["model", "not_an_accelerator", "masked"],
        description="A model, no accelerator, or hidden on purpose",
    )
    accelerator_model: str = pa.Field(nullable=True, description="The model it means")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    note: str = pa.Field(nullable=True, description="What to know of the row")

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "label"]  # noqa: RUF012


class Provider(pa.DataFrameModel):
    """A cloud: who it is and where it is at home."""

    provider: str = pa.Field(unique=True, description="Short name used everywhere")
    name: str = pa.Field(description="The name people know")
    headquarters_country_iso2: str = pa.Field(nullable=True, description="Headquarters of the brand")
    parent: str = pa.Field(nullable=True, description="Ultimate parent company")
    parent_country_iso2: str = pa.Field(nullable=True, description="Headquarters of the parent")
    website: str = pa.Field(nullable=True, description="Home page")
    kind: str = pa.Field(description="hyperscaler, cloud, gpu_cloud, marketplace or reseller")
    china_legal_operator: str = pa.Field(nullable=True, description="Who operates it in mainland China by law")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    note: str = pa.Field(nullable=True, description="What to know of the row")


class PlacedRegion(pa.DataFrameModel):
    """A cloud region: where it is, who may use it, when it opened."""

    provider: str = pa.Field(description="The cloud")
    region_code: str = pa.Field(description="The provider's own code")
    region_name: str = pa.Field(nullable=True, description="The provider's own name")
    country_iso2: str = pa.Field(nullable=True, description="Where it is; null while not known")
    city: str = pa.Field(nullable=True, description="City or province, as far as the provider tells")
    metro: str = pa.Field(nullable=True, description="Metropolitan area, one name for all providers")
    latitude: float = pa.Field(nullable=True, ge=-90, le=90, description="Of the city, degrees north")
    longitude: float = pa.Field(nullable=True, ge=-180, le=180, description="Of the city, degrees east")
    cloud_partition: str = pa.Field(isin=vocabulary.PARTITIONS, description="Part of the cloud")
    access: str = pa.Field(isin=vocabulary.ACCESS, description="Who may use it")
    region_status: str = pa.Field(isin=vocabulary.REGION_STATUSES, description="What the provider says of it")
    region_status_from: pl.Date = pa.Field(nullable=True, description="Since when it is impaired")
    operator_country_iso2: str = pa.Field(nullable=True, description="Headquarters of the brand that runs it")
    opened_on: pl.Date = pa.Field(nullable=True, description="When it opened, where known")
    closed_on: pl.Date = pa.Field(nullable=True, description="When it closed, where known")
    zones: int = pa.Field(nullable=True, ge=0, description="Number of zones, where known")


class Region(PlacedRegion):
    """A cloud region that this project has looked up: where it is, who may use it, when it opened."""

    country_iso2: str = pa.Field(str_matches=ISO2, description="Where it is")
    legal_operator: str = pa.Field(nullable=True, description="The company that operates it by law, where another")
    location_certainty: str = pa.Field(nullable=True, description="stated or inferred")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    note: str = pa.Field(nullable=True, description="What to know of the row")

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "region_code"]  # noqa: RUF012


class RegionAlias(pa.DataFrameModel):
    """Another code under which a region was listed, with its dates."""

    provider: str = pa.Field(description="The cloud")
    alias: str = pa.Field(description="The other code")
    region_code: str = pa.Field(description="The code of the region table")
    valid_from: pl.Date = pa.Field(nullable=True, description="First day the alias was in use")
    valid_to: pl.Date = pa.Field(nullable=True, description="First day it was not")
    source: str = pa.Field(nullable=True, description="Where the row is from")

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "alias", "valid_from"]  # noqa: RUF012


class NotARegion(pa.DataFrameModel):
    """Codes that providers list among their regions and that the census does not count as such."""

    provider: str = pa.Field(description="The cloud; empty for any")
    pattern: str = pa.Field(description="Regular expression that matches the whole code")
    reason: str = pa.Field(description="Why it is no region")
    source: str = pa.Field(nullable=True, description="Where the row is from")

    class Config:
        """Checks over whole rows."""

        unique = ["provider", "pattern"]  # noqa: RUF012


class ExportRule(pa.DataFrameModel):
    """An export rule that names or covers a model, with its dates."""

    accelerator_model: str = pa.Field(description="The model")
    rule: str = pa.Field(description="Short name of the rule")
    eccn: str = pa.Field(nullable=True, description="US export control classification number")
    destination_group: str = pa.Field(nullable=True, description="Destinations it applies to")
    effect: str = pa.Field(description="What it does")
    valid_from: pl.Date = pa.Field(nullable=True, description="First day in force")
    valid_to: pl.Date = pa.Field(nullable=True, description="First day no longer in force")
    source: str = pa.Field(nullable=True, description="Where the row is from")
    certainty: str = pa.Field(nullable=True, description="How sure it is")
    note: str = pa.Field(nullable=True, description="What to know of the row")

    class Config:
        """Checks over whole rows."""

        unique = ["accelerator_model", "rule", "destination_group", "effect", "valid_from"]  # noqa: RUF012


class Profile(pa.DataFrameModel):
    """A way of counting: which providers, regions, vendors and evidence take part. Null lists mean all."""

    profile: str = pa.Field(unique=True, description="Short name")
    title: str = pa.Field(description="What it is, in words")
    providers: pl.List(pl.String) = pa.Field(nullable=True, description="Clouds that count; null for all")  # type: ignore[valid-type]
    excluded_provider_kinds: pl.List(pl.String) = pa.Field(description="Kinds of provider left out")  # type: ignore[valid-type]
    partitions: pl.List(pl.String) = pa.Field(nullable=True, description="Partitions that count; null for all")  # type: ignore[valid-type]
    access: pl.List(pl.String) = pa.Field(nullable=True, description="Kinds of access that count; null for all")  # type: ignore[valid-type]
    evidence: pl.List(pl.String) = pa.Field(description="Findings that count")  # type: ignore[valid-type]
    source: str = pa.Field(description="Where the definition is from")


class Variant(pa.DataFrameModel):
    """A way of counting that differs from the headline profile in one choice. Null lists change nothing."""

    variant: str = pa.Field(unique=True, description="Short name")
    choice: str = pa.Field(isin=vocabulary.CHOICES, description="The question it answers otherwise")
    title_en: str = pa.Field(description="What it is, in English")
    title_zh: str = pa.Field(description="What it is, in Chinese")
    profile: str = pa.Field(description="The profile it starts from")
    findings: pl.List(pl.String) = pa.Field(nullable=True, description="Findings that count; null for the profile's")  # type: ignore[valid-type]
    evidence_levels: pl.List(pl.String) = pa.Field(nullable=True, description="Evidence that counts; null for any")  # type: ignore[valid-type]
    sold_as: pl.List(pl.String) = pa.Field(description="Ways of sale that count")  # type: ignore[valid-type]
    also_access: pl.List(pl.String) = pa.Field(nullable=True, description="Access that counts beside the profile's")  # type: ignore[valid-type]
    counted_in_china: pl.List(pl.String) = pa.Field(nullable=True, description="Territories counted in China")  # type: ignore[valid-type]
    fractions: bool = pa.Field(description="Whether a fraction of a training accelerator is training")
    also_training: pl.List(pl.String) = pa.Field(nullable=True, description="Finer classes that are training too")  # type: ignore[valid-type]
    left_out_statuses: pl.List(pl.String) = pa.Field(nullable=True, description="Region statuses left out")  # type: ignore[valid-type]
    left_out_partitions: pl.List(pl.String) = pa.Field(nullable=True, description="Partitions left out")  # type: ignore[valid-type]
    source: str = pa.Field(description="Where the definition is from")

    @pa.check("findings", "evidence_levels", "sold_as", "also_access", "left_out_statuses", "left_out_partitions")
    @classmethod
    def every_word_is_known(cls, data: pa.PolarsData) -> pl.LazyFrame:
        """A misspelt word would count nothing, silently."""
        known = VARIANT_WORDS[data.key or ""]
        words = pl.col(data.key or "")
        return data.lazyframe.select(words.list.eval(pl.element().is_in(known)).list.all().fill_null(True))


class ProfileAccelerator(pa.DataFrameModel):
    """What each model counts as under each profile."""

    profile: str = pa.Field(description="The profile")
    accelerator_model: str = pa.Field(description="The model")
    accelerator_class: str = pa.Field(isin=vocabulary.CLASSES, description="training, inference or not_counted")
    reach: int = pa.Field(isin=[0, 1, 2], description="2 for training, 1 for inference, 0 for what is not counted")
    native_class: str = pa.Field(description="The finer class it was derived from")

    class Config:
        """Checks over whole rows."""

        unique = ["profile", "accelerator_model"]  # noqa: RUF012
