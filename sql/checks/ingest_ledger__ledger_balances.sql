-- Guards: a source record that is lost, or counted twice, between its file and the tables
-- Table: ingest_ledger
-- Group: reconciliation
-- Expected: rows_in = accepted + duplicates + superseded + quarantined + filtered, none negative
select
    source,
    file,
    rows_in,
    accepted,
    duplicates,
    superseded,
    quarantined,
    filtered
from ingest_ledger
where not (rows_in = accepted + duplicates + superseded + quarantined + filtered)
    or least(rows_in, accepted, duplicates, superseded, quarantined, filtered) < 0
