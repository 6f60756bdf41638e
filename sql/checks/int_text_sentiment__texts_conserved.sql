-- Guards: a text that is left out of sentiment without a reason
-- Table: int_text_sentiment
-- Group: reconciliation
-- Expected: one row for each text in a customer's own words
with totals as (
    select
        (select count(*) from int_customer_texts) as expected,
        (select count(*) from int_text_sentiment) as actual
)

select
    expected,
    actual
from totals
where expected is distinct from actual
