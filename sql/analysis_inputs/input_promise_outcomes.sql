-- Promises with what became of them and what followed their contacts.
-- Grain: system, commitment_id. Metrics: M12. Refresh: whole.
select
    promise.system,
    promise.commitment_id,
    coalesce(measured.customer, -1) as customer,
    promise.customer_key is not null as has_customer,
    promise.hour_of_day,
    promise.mode,
    promise.channel,
    promise.queue,
    promise.workflow,
    promise.issue,
    promise.product,
    promise.region,
    promise.language,
    promise.ai_model,
    promise."source",
    promise.made_by,
    promise.kind,
    promise.status,
    promise.next_asked_for_human,
    promise.next_mode = 'human_primary' as next_led_by_human,
    measured.repeat_any_30d,
    measured.repeat_issue_30d,
    measured.unresolved,
    measured.false_resolution,
    measured.complaint_30d,
    measured.closed_account_30d,
    measured.survey_sentiment,
    measured.closing_sentiment,
    measured.handle_seconds,
    measured.claimed
from commitments as promise
left join input_contact_measures as measured
    on promise.system = measured.system
    and promise.contact_id = measured.contact_id
