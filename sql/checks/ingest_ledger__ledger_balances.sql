-- Guards: a source record that is lost, or counted twice, between its file and the tables
-- Table: ingest_ledger
-- Group: reconciliation
-- Expected: rows_in = accepted + duplicates + superseded + quarantined, none negative
select
    source,
    file,
    rows_in,
    accepted,
    duplicates,
    superseded,
    quarantined
from ingest_ledger
where not (rows_in = accepted + duplicates + superseded + quarantined)
    or least(rows_in, accepted, duplicates, superseded, quarantined) < 0
