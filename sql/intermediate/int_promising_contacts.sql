-- Contacts in which something was promised, and whether a promise of theirs was broken.
-- Grain: system, contact_id. Metrics: M12, M15 (D5). Refresh: whole.
-- One broken promise is enough; that none was broken is known when no promise that can be judged is pending.
select
    system,
    contact_id,
    case
        when count(*) filter (where status = 'broken') > 0 then true
        when count(*) filter (where status in ('kept_on_time', 'kept_late')) > 0 and count(*) filter (where status = 'pending') = 0 then false
    end as is_promise_broken
from int_promise_fates
group by system, contact_id
