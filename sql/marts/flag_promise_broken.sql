-- D5: a promise to the customer was broken.
-- Grain: system, contact_id. Metrics: M15. Refresh: whole.
-- Known when the grace after the due date ends. Of several broken promises of a contact the dearest is the evidence.
-- Severity: 3 when the customer came back about the same issue or complained, 2 when money was promised, else 1.
with broken_promises as (
    select
        outcome.system,
        outcome.contact_id,
        outcome.ended_at,
        outcome.next_same_issue_at,
        outcome.next_same_issue_id,
        outcome.complaint_within_30d,
        promise.commitment_id,
        promise.source,
        promise.made_by,
        promise.kind,
        promise.amount,
        promise.currency,
        promise.due_at,
        promise.is_due_by_default,
        -- Who has complained has complained, though the column waits until the window has closed.
        coalesce(after_it.has_complaint, false) or coalesce(outcome.complaint_within_30d, false) as has_complained,
        row_number() over (
            partition by outcome.system, outcome.contact_id
            order by promise.amount desc nulls last, promise.due_at, promise.commitment_id
        ) as place,
        count(*) over (partition by outcome.system, outcome.contact_id) as promise_count
    from contact_outcomes as outcome
    inner join commitments as promise
        on outcome.system = promise.system
        and outcome.contact_id = promise.contact_id
    left join int_after_contact as after_it
        on outcome.system = after_it.system
        and outcome.contact_id = after_it.contact_id
    where promise.status = 'broken'
)

select
    'promise_broken' as rule,
    'D5' as code,
    system,
    contact_id,
    case
        when next_same_issue_at is not null or has_complained then 3
        when amount is not null then 2
        else 1
    end as severity,
    greatest(ended_at, due_at + $promise_grace_days * interval 24 hour) as known_at,
    to_json(
        struct_pack(
            commitment_id := commitment_id,
            "source" := source,
            made_by := made_by,
            kind := kind,
            amount := amount,
            currency := currency,
            due_at := strftime(due_at, '%Y-%m-%dT%H:%M:%SZ'),
            is_due_by_default := is_due_by_default,
            broken_promises := promise_count,
            next_same_issue_id := next_same_issue_id,
            complaint_within_30d := case when has_complained then true else complaint_within_30d end
        )
    ) as evidence
from broken_promises
where place = 1
