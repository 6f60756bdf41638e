"""Format ``vcon``: conversation containers of the IETF vCon drafts, as they are written and as they drift.

| room | holds |
| --- | --- |
| ``container`` | bytes → JSON containers; what is refused, encoded bodies, instants |
| ``parties`` | who took part: roles, identities, who the customer is |
| ``conversation`` | dialogs → the contact and its handoffs |
| ``transcripts`` | transcripts of recordings → turns |
| ``messages`` | e-mails and chat messages → turns |
| ``reader`` | the reader itself |
"""

from pipelines.sources.vcon.reader import VconReader

__all__ = ["VconReader"]
