-- A number for every known customer: statistics group by it, and an integer is cheaper to group by than a pseudonym.
-- Grain: customer_key. Metrics: conventions of intervals. Refresh: whole.
-- The number means nothing outside this run; nothing that is published holds it or depends on it.
select
    customer_key,
    row_number() over (order by customer_key) - 1 as customer
from (
    select distinct customer_key
    from int_contacts
    where customer_key is not null
) as known
