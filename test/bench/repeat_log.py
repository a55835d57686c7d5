#!/usr/bin/env python3
"""Writes a large log by repeating real ones, each round on later days.

Every round moves the dates of a combined log ([17/May/2015:10:05:03 +0000])
forward by whole days, so that time runs on as in a real log and windows open
and close; lines without such a date are repeated as they are.

usage: repeat_log.py BYTES LOG... > big.log
"""
import os
import re
import sys
from datetime import datetime, timedelta

DATE = re.compile(rb"\[(\d\d/[A-Z][a-z][a-z]/\d{4}):")
FORMAT = "%d/%b/%Y"


def split(path):
    """Returns the lines of a log as (before, date or None, after), and the span in days."""
    parts, days = [], []
    with open(path, "rb") as f:
        for line in f:
            if not line.endswith(b"\n"):
                line += b"\n"
            m = DATE.search(line)
            if m:
                day = datetime.strptime(m.group(1).decode(), FORMAT)
                days.append(day)
                parts.append((line[: m.start(1)], day, line[m.end(1):]))
            else:
                parts.append((line, None, b""))
    return parts, (max(days) - min(days)).days + 1 if days else 0


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: repeat_log.py BYTES LOG... > big.log")
    want, logs = int(sys.argv[1]), sys.argv[2:]
    once = sum(os.path.getsize(log) for log in logs)
    if once == 0:
        sys.exit("the logs are empty")
    rounds = -(-want // once)
    out = sys.stdout.buffer
    for log in logs:
        parts, span = split(log)
        for n in range(rounds):
            moved = {}
            for before, day, after in parts:
                if day is None:
                    out.write(before)
                    continue
                if day not in moved:
                    moved[day] = (day + timedelta(days=n * span)).strftime(FORMAT).encode()
                out.write(before + moved[day] + after)


if __name__ == "__main__":
    main()
