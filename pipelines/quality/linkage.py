"""What the checks take that ask whether records find each other: customers across sources, answers to their contacts.

What belongs here: parameters of such checks, from contract and configuration. What does not: their queries, which stand
in ``sql/checks``.
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


def linkage_parameters(settings: Settings) -> dict[str, object]:
    """Parameters of ``survey_answers__answers_linked`` and ``identity_links__customers_met_elsewhere``, by name."""
    carriers = [s for s in settings.sources if _CANONICAL.intersection(s.reader.fills)]
    return {
        "survey_fates": SURVEY_FATES,
        "unlinked_fates": list(UNLINKED_SURVEY_FATES),
        "min_customers": MIN_CUSTOMERS,
        "unmet_share": UNMET_SHARE,
        "sources_with_customers": len(carriers),
    }
