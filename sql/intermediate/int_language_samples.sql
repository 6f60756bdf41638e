-- The text from which the language is to be found where no record says it: the longest of its unit, for short turns say little.
-- Grain: kind, system, unit_id (units with a text of unrecorded language). Metrics: M7. Refresh: whole.
-- The greatest of (length, hash), written so that it sorts as text: one pass, and the same whatever the order of rows.
select
    kind,
    system,
    unit_id,
    right(max(concat(lpad(cast(length(text) as varchar), 12, '0'), text_hash)), 64) as text_hash
from int_customer_texts
where language is null
group by
    kind,
    system,
    unit_id
