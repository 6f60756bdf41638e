-- D3: claimed resolved, yet the customer complained to a regulator within 30 days.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the first complaint was received. Severity: 3 when disputed, answered late or within 7 days, else 2.
with complained as (
    select
        outcome.system,
        outcome.contact_id,
        outcome.ended_at,
        complaint.complaint_id,
        complaint.regulator,
        complaint.received_at,
        complaint.link_rule,
        complaint.issue as complaint_issue,
        complaint.disputed,
        complaint.timely,
        complaint.days_to_complaint,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by complaint.received_at, complaint.complaint_id, complaint.system
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as complaint_count
    from contact_outcomes as outcome
    inner join complaints as complaint
        on outcome.system = complaint.contact_system
        and outcome.contact_id = complaint.contact_id
    where outcome.resolved_claimed
        and complaint.within_30d
)

select
    'claimed_resolved_complained' as rule,
    'D3' as code,
    system,
    contact_id,
    case
        when coalesce(disputed, false) or not coalesce(timely, true) or days_to_complaint <= 7 then 3
        else 2
    end as severity,
    greatest(ended_at, received_at) as known_at,
    to_json(
        struct_pack(
            claimed_resolved := true,
            ended_at := strftime(ended_at, '%Y-%m-%dT%H:%M:%SZ'),
            complaint_id := complaint_id,
            complaint_count := complaint_count,
            regulator := regulator,
            received_at := strftime(received_at, '%Y-%m-%dT%H:%M:%SZ'),
            days_to_complaint := round(days_to_complaint, 2),
            link_rule := link_rule,
            complaint_issue := complaint_issue
        )
    ) as evidence
from complained
where place = 1
