-- Handoffs from an AI to a person with what followed their contacts.
-- Grain: system, handoff_id. Metrics: M11. Refresh: whole.
-- A contact that nobody knows the customer of has a handoff, but nothing that followed.
select
    handoff.system,
    handoff.handoff_id,
    coalesce(measured.customer, -1) as customer,
    handoff.hour_of_day,
    handoff.mode,
    handoff.channel,
    handoff.queue,
    handoff.workflow,
    handoff.issue,
    handoff.product,
    handoff.region,
    handoff.language,
    handoff.ai_model,
    handoff."trigger",
    handoff.has_summary,
    handoff.has_transcript,
    handoff.has_tool_results,
    handoff.has_attempt_account,
    handoff.parts_recorded,
    handoff.completeness,
    handoff.customer_repeated,
    handoff.repeated_recorded,
    handoff.repeated_detected,
    handoff.seconds_to_human,
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
from handoff_quality as handoff
left join input_contact_measures as measured
    on handoff.system = measured.system
    and handoff.contact_id = measured.contact_id
