"""All faults."""

from mutations import of_mappings, of_pages, of_reading, of_sql, of_statistics

MUTATIONS = (
    *of_sql.MUTATIONS,
    *of_statistics.MUTATIONS,
    *of_reading.MUTATIONS,
    *of_mappings.MUTATIONS,
    *of_pages.MUTATIONS,
)
