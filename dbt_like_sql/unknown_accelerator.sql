-- description: Labels that map to no model, hidden by the provider or not known yet: reported, and in no tier.
-- grain: provider, region_code, accelerator_label, instance_type
-- columns:
--   census_date date: The day the row is true of. [not_null]
--   provider varchar: The cloud. [not_null]
--   region_code varchar: The provider's own code of the region. [not_null]
--   accelerator_label varchar: The label, in the provider's own words. [not_null]
--   instance_type varchar: The provider's own name of what is rented. [not_null]
--   reason varchar: Masked by the provider, or new to the reference table. [accepted_values: masked, new]
--   first_seen_on date: First sighting. [not_null]
--   last_seen_on date: Newest sighting. [not_null]
SELECT
    census_date,
    provider,
    region_code,
    accelerator_label,
    instance_type,
    min(resolution) AS reason,
    min(first_seen_on) AS first_seen_on,
    max(last_seen_on) AS last_seen_on
FROM valid_listing
WHERE accelerator_model = 'unknown'
GROUP BY census_date, provider, region_code, accelerator_label, instance_type
