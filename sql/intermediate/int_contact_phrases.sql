-- Contacts with words of the customer that the patterns can read, and what the customer said in them.
-- Grain: system, contact_id (only contacts with such words). Metrics: M11, M12 (trust), M19. Refresh: whole.
with heard as (
    select distinct
        system,
        contact_id
    from int_spoken_texts
    where role = 'customer'
        and language in (select value from settings_lists where list = 'pattern_languages')
),

said as (
    select
        system,
        contact_id,
        count(*) filter (where topic = 'asks_for_human') > 0 as asks_for_human,
        count(*) filter (where topic = 'says_it_again') > 0 as says_it_again
    from int_findings
    where topic in ('asks_for_human', 'says_it_again')
    group by system, contact_id
)

select
    heard.system,
    heard.contact_id,
    coalesce(said.asks_for_human, false) as asks_for_human,
    coalesce(said.says_it_again, false) as says_it_again
from heard
left join said
    on heard.system = said.system
    and heard.contact_id = said.contact_id
