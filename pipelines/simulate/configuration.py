"""The ``aftercall.toml`` that makes a simulated operation runnable as it stands."""

from pipelines.simulate.parameters import World

_HEAD = """\
# Configuration of a simulated operation. Made by `aftercall simulate`; change what you like.
# Relative paths start at this file. What is planted in the data, and where, stands in _truth/.

[project]
name = "{company}"
# Where runs keep their warehouse and their snapshots.
data_dir = "data"
# Reporting days and ISO weeks are cut here.
time_zone = "{zone}"
currency = "{currency}"

# What a wrong answer, a human's time and a customer's return cost; made up, like the carrier.
[costs]
wrong_answer = 25.0
handoff = 6.0
human_wrong_share = 0.1
repeat_contact = 7.0
complaint = 250.0
"""

_SOURCE = """
[[sources]]
name = "{table}"
table = "{table}"
format = "canonical"
path = "landing/{table}/**/*.{extension}"
delivered_at = "delivered=(?P<delivered>[0-9-]+)"
"""

_SOURCES_COMMENT = """
# One source per canonical table. delivered_at is a pattern on the path: it says when a file was delivered,
# which decides between versions of a record that carry no updated_at.
"""


def configuration(world: World, zone: str, formats: dict[str, str]) -> str:
    """TOML text for the tables in ``formats`` (table → file extension)."""
    sources = "".join(_SOURCE.format(table=table, extension=extension) for table, extension in formats.items())
    return _HEAD.format(company=world.company, zone=zone, currency=world.currency) + _SOURCES_COMMENT + sources
