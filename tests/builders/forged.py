"""Requests that pretend to come from our own pages."""

FORGED: list[dict[str, str | None]] = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9000"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": None, "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "null"},
    {"Sec-Fetch-Site": None, "Origin": ""},
    {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:9000"},
    {"Sec-Fetch-Site": None, "Origin": "https://127.0.0.1:8050"},
    {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:8050.evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "http://localhost:8050"},
    {"Sec-Fetch-Site": None, "Origin": None},
]
