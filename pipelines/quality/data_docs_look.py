"""What Data Docs look like: two templates and one style sheet, which stand inside each page, so that no page loads anything.

Great Expectations' own pages fetch Bootstrap, jQuery, Font Awesome and Vega from remote hosts and need scripts to show
their tables; here its templates of sections and tables are kept, and what stands around them is ours.
"""

_HEAD = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <link rel="icon" href="data:,">
"""

#: Of one table. Around Great Expectations' sections, which its view leaves unescaped: what is shown must come shielded.
PAGE = (
    _HEAD
    + """    <title>{{ page_title | e }} · Data Docs</title>
    <style>{{ style }}</style>
  </head>
  <body>
    <header>
      <p><a href="index.html">All tables</a></p>
      <h1>{{ page_title | e }}</h1>
      <p>{{ said | e }}</p>
    </header>
    <main>
      {% for section in sections %}
        {% set section_loop = loop %}
        {% include "section.j2" %}
      {% endfor %}
    </main>
  </body>
</html>
"""
)

#: Of all tables; everything but the style sheet is escaped by the environment.
INDEX = (
    _HEAD
    + """    <title>Data Docs</title>
    <style>{{ style | safe }}</style>
  </head>
  <body>
    <header>
      <h1>Data Docs</h1>
      <p>What every table was checked for when it was last audited, and what broke a check. A table that a night does not
      audit keeps the page of its last audit.</p>
    </header>
    <main>
      <div class="table-responsive">
        <table class="index">
          <thead>
            <tr><th>Table</th><th>Status</th><th class="number">Checks</th><th class="number">Did not hold</th><th>Audited (UTC)</th></tr>
          </thead>
          <tbody>
            {% for audit in audits %}
            <tr>
              <td><a href="{{ audit.table }}.html">{{ audit.table }}</a></td>
              <td class="{{ 'text-danger' if audit.failed else 'text-success' }}">{{ '✗ blocks publication' if audit.blocking else '✗ warning' if audit.failed else '✓ holds' }}</td>
              <td class="number">{{ audit.checks }}</td>
              <td class="number">{{ audit.failed }}</td>
              <td>{{ audit.checked_at.strftime('%Y-%m-%d %H:%M') }}</td>
            </tr>
            {% endfor %}
          </tbody>
        </table>
      </div>
    </main>
  </body>
</html>
"""
)

STYLE = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1b2430; --soft: #52606d; --line: #dfe4ea;
  --link: #0b5a8c; --good: #00684c; --bad: #a3300a; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --card: #1a2029; --ink: #e6eaef; --soft: #a3afbc;
  --line: #2e3742; --link: #7cc4f0; --good: #4cc79c; --bad: #ff9b73; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 26px; line-height: 1.25; margin: 4px 0 8px; }
h2 { font-size: 17px; margin: 28px 0 8px; }
h3 { font-size: 14px; margin: 12px 0 6px; }
p { margin: 0; }
header { margin-bottom: 20px; }
header p { color: var(--soft); max-width: 60em; }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.table-responsive { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 7px 12px; border-top: 1px solid var(--line);
  unicode-bidi: isolate; }
th { color: var(--soft); font-size: 13px; font-weight: 600; border-top: 0; white-space: nowrap; }
.ge-section > .row > div + div > table > * > tr > :first-child { width: 10.5em; }
.ge-section > .row > div + div > table > * > tr > :last-child { width: 12em; min-width: 8em; }
td table { width: auto; min-width: 12em; margin: 8px 0 2px; font-size: 13px; }
td > div, td > div > span, td > div > strong { display: block; }
td strong br { display: none; }
.index td { white-space: nowrap; }
.index .number { text-align: right; }
.text-success { color: var(--good); }
.text-danger { color: var(--bad); font-weight: 600; }
i { font-style: normal; white-space: nowrap; }
i.fa-check-circle::before { content: "\\2713  holds"; }
i.fa-times::before { content: "\\2717  does not hold"; }
i.fa-exclamation-triangle::before { content: "!  could not run"; }
main > #section-1 table { width: auto; }
"""
