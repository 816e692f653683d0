-- description: Whose clouds a country's accelerators are in (METHOD 7): its stance between foreign operators, and the vendors' countries.
-- grain: profile, accelerator_class, country_iso2
-- preview: profile, accelerator_class, stance, country_iso2
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   accelerator_class varchar: The class of accelerators it is about. [accepted_values: training, inference, any]
--   country_iso2 varchar: Country or territory. [not_null; relationships: reference.country.country_iso2]
--   country_name varchar: Short English name. [not_null]
--   stance varchar: By foreign regions with such an accelerator: hedges with American and Chinese ones, other_foreign with neither but a third country's, domestic_only with its own alone. [accepted_values: superpower, hedges, aligned_us, aligned_cn, other_foreign, domestic_only, none]
--   domestic boolean: Whether a cloud at home there has such a region in the country. [not_null]
--   regions bigint: Regions with such an accelerator. [not_null]
--   regions_at_least bigint: Of these, what is certain. [not_null]
--   us_regions bigint: Run by companies of the United States; none of them foreign in the United States. [not_null]
--   cn_regions bigint: Run by companies of China; none of them foreign in China. [not_null]
--   own_regions bigint: Run by companies of the country itself. [not_null]
--   third_country_regions bigint: Run by companies of other countries. [not_null]
--   unknown_operator_regions bigint: Run by companies whose headquarters are not known. [not_null]
--   operator_countries varchar[]: Headquarters of the companies that run them. [not_null]
--   vendor_countries varchar[]: Headquarters of the companies whose chips they are. [not_null]
WITH by_country AS (
    SELECT
        profile,
        accelerator_class,
        country_iso2,
        count(*) AS regions,
        count(*) FILTER (certain) AS regions_at_least,
        count(*) FILTER (operator_country_iso2 = 'US') AS us_regions,
        count(*) FILTER (operator_country_iso2 = 'CN') AS cn_regions,
        count(*) FILTER (operator_country_iso2 = country_iso2) AS own_regions,
        count(*) FILTER (operator_country_iso2 NOT IN ('US', 'CN') AND operator_country_iso2 <> country_iso2)
            AS third_country_regions,
        count(*) FILTER (operator_country_iso2 IS NULL) AS unknown_operator_regions,
        list(DISTINCT operator_country_iso2 ORDER BY operator_country_iso2) FILTER (operator_country_iso2 IS NOT NULL)
            AS operator_countries,
        list_sort(list_distinct(flatten(list(vendor_countries)))) AS vendor_countries
    FROM counted_region
    WHERE country_iso2 IS NOT NULL
    GROUP BY profile, accelerator_class, country_iso2
)

SELECT
    census.census_date,
    profile.profile,
    class.accelerator_class,
    country.country_iso2,
    country.name_short_en AS country_name,
    CASE
        WHEN country.superpower THEN 'superpower'
        WHEN by_country.us_regions > 0 AND by_country.cn_regions > 0 THEN 'hedges'
        WHEN by_country.us_regions > 0 THEN 'aligned_us'
        WHEN by_country.cn_regions > 0 THEN 'aligned_cn'
        WHEN by_country.third_country_regions > 0 OR by_country.unknown_operator_regions > 0 THEN 'other_foreign'
        WHEN by_country.own_regions > 0 THEN 'domestic_only'
        ELSE 'none'
    END AS stance,
    coalesce(by_country.own_regions > 0, FALSE) AS domestic,
    coalesce(by_country.regions, 0) AS regions,
    coalesce(by_country.regions_at_least, 0) AS regions_at_least,
    coalesce(by_country.us_regions, 0) AS us_regions,
    coalesce(by_country.cn_regions, 0) AS cn_regions,
    coalesce(by_country.own_regions, 0) AS own_regions,
    coalesce(by_country.third_country_regions, 0) AS third_country_regions,
    coalesce(by_country.unknown_operator_regions, 0) AS unknown_operator_regions,
    coalesce(by_country.operator_countries, []) AS operator_countries,
    coalesce(by_country.vendor_countries, []) AS vendor_countries
FROM reference.country AS country
CROSS JOIN reference.profile AS profile
CROSS JOIN (SELECT unnest(['training', 'inference', 'any']) AS accelerator_class) AS class
CROSS JOIN census
LEFT JOIN by_country
    ON by_country.profile = profile.profile
    AND by_country.accelerator_class = class.accelerator_class
    AND by_country.country_iso2 = country.country_iso2
