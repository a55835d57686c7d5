#!/usr/bin/env python3
"""A Python access-log analyzer, the yardstick of the throughput table.

It does what the script of a container production guide describes: each line is
read as JSON or taken apart as a combined log line with one regular expression,
the request and the user agent are searched for the guide's patterns (with the
backslashes that its web page lost), matching lines are kept as events, and
addresses, user agents and kinds of attack are counted. The expressions are
compiled once, which is kinder to it than the original.

usage: guide_analyzer.py FILE      (prints one JSON object)
"""
import json
import re
import sys
from collections import Counter

# address identity user [time] "request" status size "referer" "user agent"
COMBINED = re.compile(r'(\S+) \S+ \S+ \[(.*?)\] "(.*?)" (\d+) \S+ "(.*?)" "(.*?)"')

PATTERNS = {
    "sql_injection": [
        r"(?i)(union.*select|select.*from.*where)",
        r"(?i)(drop.*table|delete.*from)",
        r"(?i)('.*or.*'=')",
    ],
    "xss_attempt": [
        r"(?i)(<script|javascript:|on\w+\s*=)",
        r"(?i)(alert\s*\(|confirm\s*\()",
    ],
    "path_traversal": [
        r"\.\./|\.\.\\",
        r"(?i)(/etc/passwd|/etc/shadow)",
    ],
    "brute_force": [
        r"(?i)(failed.*login|authentication.*failed)",
        r"(?i)(invalid.*password|wrong.*credentials)",
    ],
    "reconnaissance": [
        r"(?i)(robots\.txt|\.well-known)",
        r"(?i)(wp-admin|phpmyadmin)",
        r"(?i)(scan|probe|enum)",
    ],
}
COMPILED = [(name, [re.compile(p) for p in patterns]) for name, patterns in PATTERNS.items()]


def parse(line):
    """Returns the fields of a line, an empty dict when it is no log line."""
    if line.lstrip().startswith("{"):
        return json.loads(line)
    m = COMBINED.match(line)
    if not m:
        return {}
    return {
        "remote_addr": m.group(1),
        "timestamp": m.group(2),
        "request": m.group(3),
        "status": int(m.group(4)),
        "referer": m.group(5),
        "user_agent": m.group(6),
    }


def threats_of(entry):
    """Returns the kinds of attack that the request or the user agent looks like."""
    request = entry.get("request") or ""
    agent = entry.get("user_agent") or ""
    return [
        name
        for name, patterns in COMPILED
        if any(p.search(request) or p.search(agent) for p in patterns)
    ]


def analyze(path):
    """Reads a whole file and returns counts, and the number of kept events."""
    events = []
    addresses, agents, kinds = Counter(), Counter(), Counter()
    lines = bad = 0
    with open(path, encoding="utf-8", errors="replace", newline="\n") as f:
        for number, line in enumerate(f, 1):
            lines = number
            try:
                entry = parse(line)
            except ValueError:
                bad += 1
                continue
            found = threats_of(entry)
            if not found:
                continue
            address, agent = entry.get("remote_addr"), entry.get("user_agent")
            events.append({
                "timestamp": entry.get("timestamp"),
                "ip": address,
                "user_agent": agent,
                "request": entry.get("request"),
                "status": entry.get("status"),
                "threats": found,
                "line_number": number,
            })
            addresses[address] += 1
            agents[agent] += 1
            kinds.update(found)
    return {
        "lines": lines,
        "unreadable": bad,
        "total_events": len(events),
        "attack_types": kinds.most_common(),
        "top_attacking_ips": addresses.most_common(10),
        "top_user_agents": agents.most_common(10),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: guide_analyzer.py FILE")
    json.dump(analyze(sys.argv[1]), sys.stdout)
    print()


if __name__ == "__main__":
    main()
