-- Guards: a text that was to be scored and was not
-- Table: int_text_sentiment
-- Group: reconciliation
-- Expected: a score, or the reason why there is none
select
    kind,
    system,
    owner_id,
    position,
    status
from int_text_sentiment
where status = 'not_scored'
    or (status = 'scored') <> (score is not null)
