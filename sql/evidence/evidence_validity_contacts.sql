-- Contacts with an outcome, by month, with the claim and the issue that a repeat came back under.
-- Grain: system, contact_id. Metrics: M5, M17. Refresh: view.
select
    outcome.system,
    outcome.contact_id,
    numbers.customer,
    strftime(outcome.day, '%Y-%m') as month,
    outcome.mode,
    outcome.channel,
    outcome.queue,
    outcome.workflow,
    outcome.issue,
    outcome.product,
    outcome.region,
    outcome.language,
    outcome.ai_model,
    outcome.handle_seconds,
    outcome.resolved_claimed as claimed,
    outcome.resolved_outcome,
    outcome.repeat_any_30d,
    case when outcome.repeat_any_30d then following.issue end as next_issue
from contact_outcomes as outcome
inner join int_customer_numbers as numbers
    on outcome.customer_key = numbers.customer_key
left join contact_outcomes as following
    on outcome.repeat_any_30d
    and following.contact_id = outcome.next_contact_id
    and following.customer_key = outcome.customer_key
    and following.started_at = outcome.next_contact_at
    -- Two systems may know the same call by the same id: the next contact is then the first of them, and never this one.
    and (
        following.system > outcome.system
        or following.contact_id <> outcome.contact_id
        or following.started_at <> outcome.started_at
    )
where outcome.resolved_outcome is not null
qualify row_number() over (partition by outcome.system, outcome.contact_id order by following.system) = 1
