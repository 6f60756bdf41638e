"""Who may see the application, and a note of who saw what.

Where to find what:

- ``setup``     settings → ``Access``: served at this machine without login, or with users, single sign-on or a trusted
  proxy; else refused
- ``registry``  every page, route and callback with the least role that may ask for it; ``roles`` the roles and actions
- ``gate``      the check before every route; ``same_origin`` which requests are addressed to us and come from our own pages;
  ``headers`` what every answer tells the browser
- ``accounts``, ``passwords``, ``names``  users file, which passwords are refused, one spelling of a name
- ``sessions``, ``cookies``, ``rate_limit``, ``login``, ``own_password``, ``screens``  cookies, bounds on tries, the pages
- ``identity_provider``, ``single_sign_on``  OpenID Connect; they alone need the extra ``oidc``
- ``proxy``     when headers of a proxy are believed
- ``request_user``  who makes the current request, and when: ``current_user``, ``require``, ``refusal``, ``audit``, ``now``
- ``audit``     the log and its reader; ``exports`` cells of CSV files that cannot run; ``private_files`` files of one's own
- ``current_user_line``  the line with name and role that pages show

Page code calls ``refusal(path)`` before it draws a page, ``require(action)`` before it does something, and
``audit(action, …)`` before it shows single contacts. Does not belong here: what pages show.
"""

from dashboards.access.audit import AuditEntry, AuditLog, read_audit
from dashboards.access.current_user_line import current_user_line
from dashboards.access.errors import AccessError, Forbidden, TooManyLookUpsError
from dashboards.access.exports import safe_cell, safe_cells
from dashboards.access.gate import guard
from dashboards.access.registry import Registry
from dashboards.access.request_user import User, audit, current_user, refusal, require
from dashboards.access.roles import may
from dashboards.access.same_origin import is_local_host, require_loopback
from dashboards.access.setup import Access, local_access, open_access

__all__ = [
    "Access",
    "AccessError",
    "AuditEntry",
    "AuditLog",
    "Forbidden",
    "Registry",
    "TooManyLookUpsError",
    "User",
    "audit",
    "current_user",
    "current_user_line",
    "guard",
    "is_local_host",
    "local_access",
    "may",
    "open_access",
    "read_audit",
    "refusal",
    "require",
    "require_loopback",
    "safe_cell",
    "safe_cells",
]
