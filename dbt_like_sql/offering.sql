-- description: What can be rented where: one row per region, instance type and accelerator, all sources taken together.
-- grain: provider, region_code, instance_type, service, accelerator_model, accelerator_label
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   instance_type varchar: The provider's own name of what is rented. [not_null]
--   service varchar: Managed service through which alone it is sold; null for VMs and bare metal.
--   accelerator_model varchar: The canonical model, or unknown. [not_null]
--   accelerator_label varchar: The accelerator in the words of the best source. [not_null]
--   accelerator_count double: Accelerators in one instance; below 1 for a fraction; null where not known.
--   status varchar: What the provider last said of buying it. [accepted_values: available, limited, offered, sold_out, by_request]
--   status_on date: The day it said so. [not_null]
--   price_per_hour double: Lowest list price per hour, as given.
--   currency varchar: ISO 4217 code of the price.
--   evidence varchar: Best evidence level that lists it. [accepted_values: stock, offering, docs, price]
--   sources varchar[]: The sources that list it. [not_null]
--   first_seen_on date: First sighting. [not_null]
--   last_seen_on date: Newest sighting. [not_null]
--   confirmed boolean: False where every sighting is an arrival seen only once yet. [not_null]
SELECT
    census_date,
    provider,
    region_code,
    instance_type,
    nullif(service, '') AS service,
    accelerator_model,
    arg_min(accelerator_label, (evidence_rank, -epoch(evidence_on), source)) AS accelerator_label,
    max(accelerator_count) AS accelerator_count,
    arg_min(status, (-epoch(last_seen_on), evidence_rank, source)) AS status,
    max(last_seen_on) AS status_on,
    arg_min(price_per_hour, (-epoch(evidence_on), price_per_hour, source)) FILTER (price_per_hour IS NOT NULL) AS price_per_hour,
    arg_min(currency, (-epoch(evidence_on), price_per_hour, source)) FILTER (price_per_hour IS NOT NULL) AS currency,
    arg_min(evidence, (evidence_rank, evidence <> 'stock', source)) AS evidence,
    list(DISTINCT source ORDER BY source) AS sources,
    min(first_seen_on) AS first_seen_on,
    max(last_seen_on) AS last_seen_on,
    bool_or(confirmed) AS confirmed
FROM valid_listing
GROUP BY
    census_date,
    provider,
    region_code,
    instance_type,
    service,
    accelerator_model,
    -- labels that map to no model stay apart
    CASE WHEN accelerator_model = 'unknown' THEN accelerator_label END
