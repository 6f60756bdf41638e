-- Guards: a sentiment that is compared with those of another source, for nobody says where it comes from
-- Table: contact_outcomes
-- Group: reconciliation
-- Expected: a post-call sentiment if and only if a source
select
    system,
    contact_id,
    post_call_sentiment,
    sentiment_source
from contact_outcomes
where (post_call_sentiment is null) <> (sentiment_source is null)
