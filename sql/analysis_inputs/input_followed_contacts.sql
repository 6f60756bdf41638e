-- Eligible contacts as the early read follows them, of any age.
-- Grain: system, contact_id. Metrics: M2, M4. Refresh: view.
select
    outcome.system,
    outcome.contact_id,
    numbers.customer,
    cast(date_trunc('week', outcome.day) as date) as week,
    outcome.mode,
    outcome.channel,
    outcome.queue,
    outcome.workflow,
    outcome.issue,
    outcome.product,
    outcome.region,
    outcome.language,
    outcome.ai_model,
    outcome.hour_of_day,
    epoch_us(outcome.ended_at) as ended_us,
    epoch_us(outcome.next_contact_at) as next_us,
    epoch_us(outcome.next_same_issue_at) as next_same_issue_us,
    outcome.mature_30d,
    outcome.repeat_any_30d,
    outcome.repeat_issue_30d
from contact_outcomes as outcome
inner join int_customer_numbers as numbers
    on outcome.customer_key = numbers.customer_key
