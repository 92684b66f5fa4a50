"""Figures to text: a table per question, at the end one line of JSON per database.

In: what measure.py returned. Out: lines on standard output; a missing figure is a dash, in JSON null.
"""

import json

# Medians of runs with this driver and this sink on two cores: 40 characters, one recipient per request, 50 connections.
# name: accepted/s, end to end/s, CPU us per message, accept p50/p99 ms, submit p50/p99 ms at 50/s, MiB, after kill -9
EARLIER = (
    ("Kannel durable (spool), 2 callbacks", 2202, 1235, 1210, "18 / 61", "10 / 40", 61, "100 duplicates"),
    ("Kannel store file + Redis, 2 callbacks", 4022, 1225, 1230, "10 / 47", "7 / 38", 108, "100 duplicates"),
    ("Kannel volatile, 2 callbacks", 3024, 1973, 780, "13 / 72", "8 / 36", 66, "lost 8,886 of 14,521"),
    ("Kannel volatile, 1 callback", 4187, 2951, 480, "10 / 51", None, 54, None),
    ("Kannel volatile, no callback", 5634, 3882, 360, "8 / 33", None, 49, None),
    ("Jasmin 0.11, 2 callbacks", 762, 112, 11060, "62 / 124", "44 / 408", 522, "lost 4,667 of 4,714"),
    (
        "Jasmin 0.11, 8 connectors, no logs",
        799,
        212,
        11800,
        "60 / 129",
        "25 / 50",
        903,
        "lost 3,588 of 3,900",
    ),
)

# What Lotsman is meant to reach (question, figure, SQLite, PostgreSQL).
TARGETS = (
    ("end to end, messages/s", ("throughput", "end_to_end_per_s"), "≥ 8,000", "≥ 5,000"),
    ("CPU µs per message, with the database", ("throughput", "cpu_us_per_message"), "≤ 130", "≤ 240"),
    ("1,000 recipients: accepted/s", ("bulk", "accepted_per_s"), "≥ 50,000", "≥ 50,000"),
    ("1,000 recipients: submitted/s", ("bulk", "submitted_per_s"), "≥ 25,000", "≥ 25,000"),
    ("1,000 recipients: receipts recorded/s", ("bulk", "receipts_per_s"), "≥ 12,000", "≥ 12,000"),
    ("acceptance p99 at half the rate, ms", ("half", "p99_ms"), "≤ 20", "≤ 20"),
    ("at 50/s: request → submit p50, ms", ("latency", "submit_p50_ms"), "≤ 5", "≤ 5"),
    ("at 50/s: request → submit p99, ms", ("latency", "submit_p99_ms"), "≤ 20", "≤ 20"),
    ("one bind, window 50, 50 ms: submits/s", ("window", "submits_per_s"), "≥ 950", "≥ 950"),
    ("a code beside a mailing: request → submit p95, ms", ("turns", "submit_p95_ms"), "≤ 2,000", "≤ 2,000"),
    ("a million queued: peak memory, MiB", ("queued", "peak_rss_mib"), "≤ 300", "≤ 300"),
    ("a million queued: restart → submit, s", ("queued", "restart_to_first_submit_s"), "≤ 5", "≤ 5"),
)

MILLION = 1_000_000  # with fewer in the queue the last two targets say nothing

THROUGHPUT = (
    ("accepted/s", "accepted_per_s"),
    ("p50 ms", "accept_p50_ms"),
    ("p99 ms", "accept_p99_ms"),
    ("submitted/s", "submitted_per_s"),
    ("receipts/s", "receipts_per_s"),
    ("end to end/s", "end_to_end_per_s"),
    ("CPU µs", "cpu_us_per_message"),
    ("driver µs", "harness_us_per_message"),
    ("MiB", "peak_rss_mib"),
    ("lost", "lost"),
    ("dupl.", "duplicated"),
    ("all done", "complete"),
)


def throughputs(title, rows):
    """rows: [(name, figures of one throughput measurement)]."""
    table(
        title,
        ["", *(head for head, _ in THROUGHPUT)],
        [[n, *(f.get(k) for _, k in THROUGHPUT)] for n, f in rows],
    )


def cpu(title, figures):
    table(
        title,
        ["process: thread", "CPU µs per message"],
        sorted(figures["cpu_split"].items(), key=lambda p: -p[1]),
    )


def targets(results):
    rows = []
    for question, (step, key), *goals in TARGETS:
        for database, goal in zip(("sqlite", "postgresql"), goals, strict=True):
            figures = results.get(database, {}).get(step, {})
            value = figures.get(key)
            if value is not None and figures.get("queued", MILLION) >= MILLION:
                rows.append([question, database, value, goal, "yes" if _reached(value, goal) else "NO"])
    table("Targets", ["", "database", "measured", "target", "reached"], rows)


def earlier():
    heads = ["measured earlier", "accepted/s", "end to end/s", "CPU µs", "accept p50/p99 ms"]
    heads += ["submit p50/p99 ms at 50/s", "MiB", "kill -9 in mid-load"]
    table("Peers that are not installed here, or were not asked for", heads, EARLIER)


def summary(database, figures):
    """The line of JSON other programs read."""
    single, calm, half = (figures.get(step, {}) for step in ("throughput", "latency", "half"))
    return json.dumps(
        {
            "database": database,
            "accepted_per_s": single.get("accepted_per_s"),
            "end_to_end_per_s": single.get("end_to_end_per_s"),
            "accept_p99_ms": half.get("p99_ms"),
            "submit_p99_ms": calm.get("submit_p99_ms"),
            "cpu_us_per_message": single.get("cpu_us_per_message"),
            "peak_rss_mib": single.get("peak_rss_mib"),
        }
    )


def figures_of(title, figures):
    """A measurement that has a shape of its own, as one row."""
    table(title, list(figures), [list(figures.values())])


def table(title, heads, rows):
    cells = [[_cell(c) for c in row] for row in rows]
    widths = [max(len(r[i]) for r in [heads, *cells]) for i in range(len(heads))]
    print(f"\n{title}")
    for row in [heads, *cells]:
        first, *rest = (
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *rest]).rstrip())
    print(end="", flush=True)


def _cell(value):
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) or (isinstance(value, float) and value >= 1000):
        return f"{value:,.0f}"
    return str(value)


def _reached(value, goal):
    bound = float(goal[2:].replace(",", ""))
    return value >= bound if goal[0] == "≥" else value <= bound
