-- Guards: a source whose customer ids look unlike those of the others, so that nobody who calls is found in it
-- Table: identity_links
-- Group: customer_ids
-- Expected: sources of $min_customers customers and more have some in common with the others
-- Says: source {source}: {unmet:,} of its {customers:,} customers ({unmet_percent:g}%) are met in no other source; if they are the same people, its ids are written in another way: make them alike, or join them by a source of identities
-- A source with at least $min_customers customers is named if hardly any of them is met in another source, and hardly any customer of those
-- with which it is compared is met in it: 1 - $unmet_share of the smaller side at most. So a CRM with the whole customer base is not named for
-- the few that call. Compared with what: a source of surveys, complaints or events with the customers of all contacts, for these records are
-- about contacts; a source of contacts with all others, and only where at least $min_customers customers are met in two of these, for two
-- companies' contacts alone may well have no customer in common.
with known_by_file as (
    select
        file_id,
        customer_key,
        true as is_contact
    from int_contact_legs
    union all
    select
        file_id,
        customer_key,
        false as is_contact
    from int_crm_events
    union all
    select
        file_id,
        customer_key,
        false as is_contact
    from int_surveys
    union all
    select
        file_id,
        customer_key,
        false as is_contact
    from int_complaints
),

-- Files first, for they are few: the customers of each are found once.
distinct_by_file as (
    select
        file_id,
        customer_key,
        bool_or(is_contact) as is_contact
    from known_by_file
    where customer_key is not null
        -- A single source has nothing to be compared with.
        and $sources_with_customers > 1
    group by file_id, customer_key
),

known as (
    select
        file.source,
        landed.customer_key,
        bool_or(landed.is_contact) as is_contact
    from distinct_by_file as landed
    inner join landing_files as file
        on landed.file_id = file.file_id
    group by file.source, landed.customer_key
),

customers as (
    select
        customer_key,
        count(*) as sources,
        bool_or(is_contact) as of_contacts
    from known
    group by customer_key
),

totals as (
    select
        count(*) as customers,
        count(*) filter (where of_contacts) as of_contacts,
        count(*) filter (where sources > 2) as of_three,
        count(*) filter (where sources = 2) as of_two
    from customers
),

sized as (
    select
        known.source,
        bool_or(known.is_contact) as has_contacts,
        count(*) as customers,
        count(*) filter (where customers.sources = 1) as unmet,
        count(*) filter (where customers.sources = 2) as met_once
    from known
    inner join customers
        on known.customer_key = customers.customer_key
    group by known.source
),

compared as (
    select
        sized.*,
        totals.of_three + totals.of_two - sized.met_once as met_twice_elsewhere,
        case when has_contacts then totals.customers - sized.unmet else totals.of_contacts end as compared_with
    from sized
    cross join totals
)

select
    source,
    customers,
    unmet,
    compared_with,
    round(100.0 * unmet / customers, 1) as unmet_percent
from compared
where least(customers, compared_with) >= $min_customers
    and customers - unmet <= (1 - $unmet_share) * least(customers, compared_with)
    and (not has_contacts or met_twice_elsewhere >= $min_customers)
