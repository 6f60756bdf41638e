-- Additive counts a day and combination of segment dimensions; rates are computed when read.
-- Grain: day, segment dimensions that occur. Metrics: M1, M2, M3, M5, M6, M7, M8. Refresh: whole.
-- A contact counts on the day on which it started. What followed it is null where it is not eligible, and counts nowhere.
-- A complaint counts on the day of receipt, under the dimensions of the contact that it links to.
with contacts as (
    select
        contact.day,
        contact.mode,
        contact.channel,
        contact.queue,
        contact.workflow,
        contact.issue,
        contact.product,
        contact.region,
        contact.language,
        contact.ai_model,
        true as is_contact,
        contact.is_served,
        contact.is_inbound,
        contact.customer_key is not null as is_known,
        contact.handle_seconds,
        outcome.contact_id is not null as is_eligible,
        outcome.resolved_claimed,
        outcome.resolved_outcome,
        outcome.contained,
        outcome.mature_1d,
        outcome.mature_7d,
        outcome.mature_30d,
        outcome.repeat_any_1d,
        outcome.repeat_any_7d,
        outcome.repeat_any_30d,
        outcome.repeat_issue_1d,
        outcome.repeat_issue_7d,
        outcome.repeat_issue_30d,
        outcome.closed_account_within_30d,
        outcome.has_survey,
        outcome.sentiment_source,
        outcome.post_call_sentiment,
        outcome.opening_sentiment,
        outcome.closing_sentiment,
        outcome.transcript_scoring
    from int_contacts as contact
    left join contact_outcomes as outcome
        on contact.system = outcome.system
        and contact.contact_id = outcome.contact_id
),

received as (
    select
        complaint.received_day as day,
        contact.mode,
        contact.channel,
        contact.queue,
        contact.workflow,
        contact.issue,
        contact.product,
        contact.region,
        contact.language,
        contact.ai_model,
        true as is_complaint,
        complaint.contact_id is not null as is_linked_complaint
    from complaints as complaint
    left join int_contacts as contact
        on complaint.contact_system = contact.system
        and complaint.contact_id = contact.contact_id
),

-- A column that one of the two lacks is null, which no condition below takes for true.
counted as (
    select * from contacts
    union all by name
    select * from received
)

select
    day,
    mode,
    channel,
    queue,
    workflow,
    issue,
    product,
    region,
    language,
    ai_model,
    count(*) filter (where is_contact) as contacts,
    count(*) filter (where is_served) as served,
    count(*) filter (where is_served and is_inbound) as served_inbound,
    count(*) filter (where is_served and is_inbound and is_known) as known_customer,
    count(*) filter (where is_eligible) as eligible,
    coalesce(sum(handle_seconds) filter (where is_served), 0) as handle_seconds_sum,
    count(*) filter (where is_served and handle_seconds is not null) as handle_seconds_n,
    count(*) filter (where resolved_claimed is not null) as claimed_n,
    count(*) filter (where resolved_claimed) as claimed_yes,
    count(*) filter (where resolved_claimed is not null and resolved_outcome is not null) as cohort_n,
    count(*) filter (where resolved_claimed and resolved_outcome is not null) as cohort_claimed_yes,
    count(*) filter (where resolved_claimed is not null and resolved_outcome) as cohort_outcome_yes,
    count(*) filter (where resolved_claimed and not resolved_outcome) as cohort_claimed_yes_outcome_no,
    count(*) filter (where is_eligible and mode in ('ai_primary', 'joint')) as ai_contacts,
    count(*) filter (where contained) as contained,
    count(*) filter (where contained and resolved_outcome is not null) as contained_outcome_n,
    count(*) filter (where contained and resolved_outcome) as contained_outcome_yes,
    count(*) filter (where mature_1d) as mature_1d,
    count(*) filter (where mature_7d) as mature_7d,
    count(*) filter (where mature_30d) as mature_30d,
    count(*) filter (where mature_1d and issue is not null) as mature_with_issue_1d,
    count(*) filter (where mature_7d and issue is not null) as mature_with_issue_7d,
    count(*) filter (where mature_30d and issue is not null) as mature_with_issue_30d,
    count(*) filter (where repeat_any_1d) as repeat_any_1d,
    count(*) filter (where repeat_any_7d) as repeat_any_7d,
    count(*) filter (where repeat_any_30d) as repeat_any_30d,
    count(*) filter (where repeat_issue_1d) as repeat_issue_1d,
    count(*) filter (where repeat_issue_7d) as repeat_issue_7d,
    count(*) filter (where repeat_issue_30d) as repeat_issue_30d,
    count(*) filter (where is_complaint) as complaints,
    count(*) filter (where is_linked_complaint) as complaints_linked,
    count(*) filter (where closed_account_within_30d) as closed_account_30d,
    count(*) filter (where has_survey) as surveys,
    count(*) filter (where sentiment_source = 'survey_csat') as sentiment_survey_csat_n,
    coalesce(sum(post_call_sentiment) filter (where sentiment_source = 'survey_csat'), 0) as sentiment_survey_csat_sum,
    count(*) filter (where sentiment_source = 'survey_csat' and post_call_sentiment <= -0.25) as sentiment_survey_csat_negative,
    count(*) filter (where sentiment_source = 'survey_verbatim') as sentiment_survey_verbatim_n,
    coalesce(sum(post_call_sentiment) filter (where sentiment_source = 'survey_verbatim'), 0) as sentiment_survey_verbatim_sum,
    count(*) filter (where sentiment_source = 'survey_verbatim' and post_call_sentiment <= -0.25) as sentiment_survey_verbatim_negative,
    count(*) filter (where sentiment_source = 'closing_turns') as sentiment_closing_turns_n,
    coalesce(sum(post_call_sentiment) filter (where sentiment_source = 'closing_turns'), 0) as sentiment_closing_turns_sum,
    count(*) filter (where sentiment_source = 'closing_turns' and post_call_sentiment <= -0.25) as sentiment_closing_turns_negative,
    count(*) filter (where opening_sentiment is not null and closing_sentiment is not null) as opening_closing_n,
    coalesce(sum(opening_sentiment) filter (where opening_sentiment is not null and closing_sentiment is not null), 0) as opening_sentiment_sum,
    coalesce(sum(closing_sentiment) filter (where opening_sentiment is not null and closing_sentiment is not null), 0) as closing_sentiment_sum,
    count(*) filter (where transcript_scoring is not null) as transcripts,
    count(*) filter (where transcript_scoring = 'scored') as transcripts_scored,
    count(*) filter (where transcript_scoring = 'too_short') as transcripts_too_short,
    count(*) filter (where transcript_scoring = 'unknown_language') as transcripts_unknown_language,
    count(*) filter (where transcript_scoring = 'unsupported_language') as transcripts_unsupported_language
from counted
group by all
