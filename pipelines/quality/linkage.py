"""SQL of the checks that ask whether records find each other: customers across sources, answers to their contacts.

What belongs here: queries over the warehouse whose rows are what a warning names. What does not: severities and groups,
which stand in ``rules``.
"""

from pipelines.config import Settings
from pipelines.contract.published import SURVEY_FATES, UNLINKED_SURVEY_FATES

#: Models whose rows carry a customer.
TABLES_WITH_CUSTOMERS = ("int_contact_legs", "int_crm_events", "int_surveys", "int_complaints")
_CANONICAL = frozenset({"contacts", "crm_events", "surveys", "complaints"})

#: Fewer customers than this say nothing about how a source writes its ids.
MIN_CUSTOMERS = 100
#: A source of whose customers so large a share is met nowhere else is named.
UNMET_SHARE = 0.99


def unlinked_answers() -> str:
    """Survey answers that link to nothing that counts, one row a reason."""
    whens = " ".join(f"when '{fate}' then '{words}'" for fate, words in SURVEY_FATES.items())
    fates = ", ".join(f"'{fate}'" for fate in UNLINKED_SURVEY_FATES)
    return (
        f"select fate, responses, case fate {whens} end as why, "
        "(select cast(sum(responses) as bigint) from survey_answers where fate <> 'unfinished') as of_all "
        f"from {{batch}} where fate in ({fates})"
    )


def unlike_customers(settings: Settings) -> str:
    """Sources whose customer ids look unlike those of the others: source, customers, unmet, compared_with.

    A source with at least ``MIN_CUSTOMERS`` customers is named if hardly any of them is met in another source, and hardly
    any customer of those with which it is compared is met in it: 1 - ``UNMET_SHARE`` of the smaller side at most. So a
    CRM with the whole customer base is not named for the few that call. Compared with what: a source of surveys,
    complaints or events with the customers of all contacts, for these records are about contacts; a source of contacts
    with all others, and only where at least ``MIN_CUSTOMERS`` customers are met in two of these, for two companies'
    contacts alone may well have no customer in common.
    """
    from pipelines.sources.registry import reader_for  # noqa: PLC0415

    carriers = [s for s in settings.sources if _CANONICAL.intersection(reader_for(s.format, s.table).fills)]
    if len(carriers) < 2:
        return "select null as source from {batch} where false"
    rows = " union all ".join(
        f"select file_id, customer_key, {str(model == 'int_contact_legs').lower()} as is_contact from {model} where customer_key is not null"
        for model in TABLES_WITH_CUSTOMERS
    )
    allowed = f"(1 - {UNMET_SHARE})"
    return f"""with known as (
            select file.source, landed.customer_key, bool_or(landed.is_contact) as is_contact
            from (select file_id, customer_key, bool_or(is_contact) as is_contact from ({rows}) group by all) as landed
            inner join landing_files as file on landed.file_id = file.file_id group by all
        ),
        customers as (
            select customer_key, count(*) as sources, bool_or(is_contact) as of_contacts from known group by customer_key
        ),
        totals as (
            select count(*) as customers, count(*) filter (where of_contacts) as of_contacts, count(*) filter (where sources > 2) as of_three
            , count(*) filter (where sources = 2) as of_two from customers
        ),
        sized as (
            select known.source, bool_or(known.is_contact) as has_contacts, count(*) as customers,
                count(*) filter (where customers.sources = 1) as unmet, count(*) filter (where customers.sources = 2) as met_once
            from known inner join customers on known.customer_key = customers.customer_key group by known.source
        ),
        compared as (
            select sized.*, totals.of_three + totals.of_two - sized.met_once as met_twice_elsewhere,
                case when has_contacts then totals.customers - sized.unmet else totals.of_contacts end as compared_with
            from sized cross join totals
        )
        select source, customers, unmet, compared_with, round(100.0 * unmet / customers, 1) as unmet_percent from compared
        where least(customers, compared_with) >= {MIN_CUSTOMERS}
            and customers - unmet <= {allowed} * least(customers, compared_with)
            and (not has_contacts or met_twice_elsewhere >= {MIN_CUSTOMERS}) /* of {{batch}} */"""
