#!/usr/bin/env python3
"""A Python access-log analyzer, the yardstick of the throughput table.

It does what the script of a container production guide describes: each line is
read as JSON or taken apart as a combined log line with one regular expression,
the request and the user agent are searched for the guide's patterns (with the
backslashes that its web page lost), matching lines are kept as events, and
addresses, user agents and kinds of attack are counted. As in the script, the
expressions are handed to package re as texts, which looks each of them up among
those that it has compiled; --compiled does that once, which is kinder to it.

usage: guide_analyzer.py [--compiled] FILE      (prints one JSON object)
"""
import json
import re
import sys
from collections import Counter

# address identity user [time] "request" status size "referer" "user agent"
COMBINED = r'(\S+) \S+ \S+ \[(.*?)\] "(.*?)" (\d+) \S+ "(.*?)" "(.*?)"'

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


class Published:
    """Finds the expressions as the script does."""

    def combined(self, line):
        return re.match(COMBINED, line)

    def kinds(self, request, agent):
        return [
            name
            for name, patterns in PATTERNS.items()
            if any(re.search(p, request) or re.search(p, agent) for p in patterns)
        ]


class Compiled:
    """Compiles the expressions once."""

    def __init__(self):
        self.combined = re.compile(COMBINED).match
        self.patterns = [(name, [re.compile(p) for p in patterns]) for name, patterns in PATTERNS.items()]

    def kinds(self, request, agent):
        return [
            name
            for name, patterns in self.patterns
            if any(p.search(request) or p.search(agent) for p in patterns)
        ]


def parse(line, find):
    """Returns the fields of a line, an empty dict when it is no log line."""
    if line.lstrip().startswith("{"):
        return json.loads(line)
    m = find.combined(line)
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


def analyze(path, find):
    """Reads a whole file and returns counts, and the number of kept events."""
    events = []
    addresses, agents, kinds = Counter(), Counter(), Counter()
    lines = bad = 0
    with open(path, encoding="utf-8", errors="replace", newline="\n") as f:
        for number, line in enumerate(f, 1):
            lines = number
            try:
                entry = parse(line, find)
            except ValueError:
                bad += 1
                continue
            found = find.kinds(entry.get("request") or "", entry.get("user_agent") or "")
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
    compiled = sys.argv[1:2] == ["--compiled"]
    files = sys.argv[1 + compiled:]
    if len(files) != 1:
        sys.exit("usage: guide_analyzer.py [--compiled] FILE")
    json.dump(analyze(files[0], Compiled() if compiled else Published()), sys.stdout)
    print()


if __name__ == "__main__":
    main()
