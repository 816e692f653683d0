-- description: Whose chips are where: regions by the vendor of a counted accelerator and the territory they are in.
-- grain: profile, accelerator_class, vendor, country_iso2
-- preview: profile, accelerator_class, regions DESC, vendor
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   profile varchar: The way of counting. [not_null]
--   accelerator_class varchar: The class of accelerators it is about. [accepted_values: training, inference, any]
--   vendor varchar: Company whose chips they are. [not_null]
--   vendor_country_iso2 varchar: Its headquarters. [not_null]
--   country_iso2 varchar: Country or territory the regions are in; null while not located.
--   regions bigint: Regions with such a chip. [not_null]
--   providers varchar[]: The clouds that offer it. [not_null]
SELECT
    named.census_date,
    named.profile,
    named.accelerator_class,
    named.vendor,
    vendor.vendor_country_iso2,
    named.country_iso2,
    count(*) AS regions,
    list(DISTINCT named.provider ORDER BY named.provider) AS providers
FROM (
    SELECT
        census_date,
        profile,
        accelerator_class,
        provider,
        region_code,
        country_iso2,
        unnest(vendors) AS vendor
    FROM counted_region
) AS named
JOIN (
    SELECT vendor, min(vendor_country_iso2) AS vendor_country_iso2
    FROM reference.accelerator
    GROUP BY vendor
) AS vendor
    ON vendor.vendor = named.vendor
GROUP BY
    named.census_date,
    named.profile,
    named.accelerator_class,
    named.vendor,
    vendor.vendor_country_iso2,
    named.country_iso2
