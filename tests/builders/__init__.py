"""What tests build on: made-up data, snapshots and nights, servers and browsers. No test stands here."""
