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
    case when outcome.repeat_any_30d then outcome.next_contact_issue end as next_issue
from contact_outcomes as outcome
inner join int_customer_numbers as numbers
    on outcome.customer_key = numbers.customer_key
where outcome.resolved_outcome is not null
