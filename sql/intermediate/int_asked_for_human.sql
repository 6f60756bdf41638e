-- Contacts of which it is known whether the customer asked for a human.
-- Grain: system, contact_id. Metrics: M12 (trust), M19. Refresh: whole.
-- In words that the patterns can read, or as the trigger of a handoff; where there are neither words nor a handoff with a
-- trigger, nobody knows.
with asked as (
    select
        system,
        contact_id,
        asks_for_human
    from int_contact_phrases
    union all
    select
        system,
        contact_id,
        trigger = 'customer_request' as asks_for_human
    from int_ai_handoffs
    where trigger is not null
)

select
    system,
    contact_id,
    max(case when asks_for_human then 1 else 0 end) = 1 as asked_for_human
from asked
group by system, contact_id
