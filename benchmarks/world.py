"""Five million contacts, complaints and CRM events in Parquet: the input of the nightly benchmark, made by DuckDB in seconds."""

from pathlib import Path

import duckdb

FILES = 10


def write_world(folder: Path, contacts: int) -> Path:
    """Landing files and a configuration below ``folder``; returns the configuration. The same size gives the same rows."""
    config = folder / "aftercall.toml"
    marker = folder / f"made-{contacts}"
    if marker.exists():
        return config
    # Files of another size are written over.
    for other in folder.glob("made-*"):
        other.unlink()
    for name in ("contacts", "complaints", "crm_events"):
        (folder / "landing" / name).mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"""create table contacts as
            with base as (
                select i, hash(i) as h, hash(i, 1) as h1, hash(i, 2) as h2, hash(i, 3) as h3 from range({contacts}) as r(i)
            )
            select
                'C' || lpad(i::varchar, 9, '0') as contact_id,
                -- one contact in twenty is the second leg of the contact before it
                case when i % 20 = 19 then 'C' || lpad((i - 1)::varchar, 9, '0') end as root_contact_id,
                case when h % 100 < 3 then null else 'CUST-' || ((case when i % 20 = 19 then hash(i - 1, 1) else h1 end) % ({contacts} // 5))::varchar end as customer_id,
                ['phone', 'chat', 'email'][1 + (h % 3)::int] as channel,
                case when h2 % 50 = 0 then 'outbound' else 'inbound' end as direction,
                timestamptz '2026-01-01 00:00:00+00' + to_microseconds((i * (15552000000000 // {contacts}))::bigint + (h % 60000000)::bigint) as started_at,
                timestamptz '2026-01-01 00:00:00+00' + to_microseconds((i * (15552000000000 // {contacts}))::bigint + (h % 60000000)::bigint + 60000000 + (h2 % 900000000)::bigint) as ended_at,
                (60 + h2 % 900)::double as handle_seconds,
                ['ai_primary', 'human_primary', 'joint'][1 + (h3 % 3)::int] as mode,
                'queue-' || (h3 % 8)::varchar as queue,
                'workflow-' || (h2 % 6)::varchar as workflow,
                'issue-' || (h1 % 10)::varchar as issue,
                'product-' || (h % 4)::varchar as product,
                'region-' || (h1 % 5)::varchar as region,
                ['en', 'es'][1 + (h1 % 2)::int] as language,
                case when h3 % 3 <> 0 then 'agent-' || (h % 2000)::varchar end as agent_id,
                case when h3 % 3 <> 1 then 'model-' || (h2 % 2)::varchar end as ai_model,
                h2 % 1000 / 1000.0 as ai_confidence,
                h % 10 < 8 as resolved_claimed,
                true as served,
                case when h % 4 = 0 then 'CASE-' || (i // 4)::varchar end as case_id
            from base"""
        )
        for index in range(FILES):
            connection.execute(
                f"copy (select * from contacts where hash(contact_id) % {FILES} = {index}) to '{folder}/landing/contacts/part-{index}.parquet' (format parquet)"
            )
        connection.execute(
            f"""copy (select 'K' || row_number() over (order by contact_id) as complaint_id, 'CFPB' as regulator, ended_at + interval 5 day as received_at,
                customer_id, issue, product from contacts where hash(contact_id, 9) % 300 = 0) to '{folder}/landing/complaints/all.parquet' (format parquet)"""
        )
        connection.execute(
            f"""copy (select 'E' || row_number() over (order by contact_id) as event_id, case when hash(contact_id, 7) % 5 = 0 then 'account_closed' else 'case_reopened' end as event_type,
                ended_at + interval 3 day as occurred_at, customer_id, case_id from contacts where case_id is not null and hash(contact_id, 8) % 20 = 0)
                to '{folder}/landing/crm_events/all.parquet' (format parquet)"""
        )
    sources = "".join(
        f'\n[[sources]]\nname = "{name}"\nformat = "canonical"\ntable = "{name}"\npath = "landing/{name}/*.parquet"\n'
        for name in ("contacts", "complaints", "crm_events")
    )
    config.write_text(
        f'[project]\nname = "Benchmark"\ndata_dir = "data"\ntime_zone = "America/New_York"\nmemory_limit = "4GB"\nthreads = 2\n{sources}'
    )
    marker.touch()
    return config
