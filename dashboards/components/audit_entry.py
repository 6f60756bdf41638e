"""What the audit log says of a page that shows single contacts: which page, of whom, and what was chosen."""

from dashboards.access.audit import Action, Fact
from dashboards.casebook.case_query import LONGEST_ID, is_pseudonym
from dashboards.casebook.customers import contacts_of_id
from dashboards.components.view import View


def audit_entry(view: View) -> tuple[Action, dict[str, Fact]]:
    """A search where one customer or contact is asked for, else the page.

    An id that no contact has may be anything that somebody typed, a telephone number as well: its shape is logged. Words
    that are searched for are left to the page that searches.
    """
    arguments = dict(view.selection.arguments)
    arguments.pop("words", None)
    customer, contact = arguments.pop("customer", ""), arguments.pop("contact", "").strip()
    facts: dict[str, Fact] = {
        "page": view.path,
        "selection": view.selection.address(arguments).removesuffix("?") or None,
    }
    if is_pseudonym(customer):
        facts["customer"] = customer
    if contact:
        known = contacts_of_id(view.queries, contact) if len(contact) <= LONGEST_ID else ()
        facts["contact"] = contact if known else f"text, {len(contact):,} characters"
    return ("search" if "customer" in facts or contact else "page"), facts
