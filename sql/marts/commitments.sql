-- Every promise made to a customer, with what became of it and what the customer did next.
-- Grain: system, commitment_id. Metrics: M12. Refresh: whole.
-- Trust is read at the customer's next contact: whether a person led it, and else whether the customer asked for one.
select
    fate.system,
    fate.promise_id as commitment_id,
    fate.contact_id,
    fate.customer_key,
    contact.day,
    contact.hour_of_day,
    contact.mode,
    contact.channel,
    contact.queue,
    contact.workflow,
    contact.issue,
    contact.product,
    contact.region,
    contact.language,
    contact.ai_model,
    contact.agent_id,
    fate.source,
    fate.made_by,
    fate.kind,
    fate.amount,
    fate.currency,
    fate.made_at,
    fate.due_at,
    fate.is_due_by_default,
    fate.is_done as said_as_done,
    fate.status,
    fate.unverifiable_reason,
    fate.match_rule,
    fate.event_system,
    fate.event_id,
    fate.fulfilled_by,
    fate.fulfilled_at,
    fate.leg_id,
    cast(fate.turn_index as bigint) as turn_index,
    fate.quote,
    outcome.next_contact_id,
    outcome.next_contact_at,
    next.mode as next_mode,
    case when next.mode is distinct from 'human_primary' then asked.asked_for_human end as next_asked_for_human
from int_promise_fates as fate
inner join int_contacts as contact
    on fate.system = contact.system
    and fate.contact_id = contact.contact_id
left join contact_outcomes as outcome
    on fate.system = outcome.system
    and fate.contact_id = outcome.contact_id
left join int_next_contact as next_of
    on contact.contact_number = next_of.contact_number
left join int_contacts as next
    on next_of.next_contact_number = next.contact_number
left join int_asked_for_human as asked
    on next.system = asked.system
    and next.contact_id = asked.contact_id
