"""Logs of a Python application from which Sasumata sees attacks: the standard library only."""

import contextvars
import datetime
import ipaddress
import json
import logging
import re

request = contextvars.ContextVar("seclog_request", default=None)
"""The attributes of the request that is served, as a dict of groups."""

# Names whose values nobody may read, and secrets inside of texts.
NAME = re.compile(
    r"pass(word|wd|phrase|code)|^pwd?$|secret|credential|token|authorization|cookie|api[-_ ]?key|private[-_ ]?key"
    r"|session[-_ ]?id|^(otp|pin|sid|jwt|cvv|cvc)$|card[-_ ]?number",
    re.I,
)
TEXTS = [
    (
        re.compile(
            r"""((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|authorization|cookie|session[-_]?id)["'\]]*(?:\s*[=:]\s*|%3[da])["']?)"""
            r"""((?:bearer|basic)\s+)?[^\s&"',;)}\]]+""",
            re.I,
        ),
        r"\1[REDACTED:secret]",
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.I), r"\1 [REDACTED:token]"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1[REDACTED:password]@"),
    (re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*"), "[REDACTED:jwt]"),
]
MAX_TEXT = 8192


def scrub(value, name="", depth=0):
    """Return the value without secrets, made of what JSON knows."""
    if name and value is not None and not isinstance(value, bool) and NAME.search(name):
        return "[REDACTED:secret]"
    if depth > 16:
        return "[cut: too deep]"
    if isinstance(value, dict):
        return {scrub(str(k)): scrub(v, str(k), depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [scrub(v, "", depth + 1) for v in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = str(value)
    for find, put in TEXTS:
        text = find.sub(put, text)
    return text[:MAX_TEXT]


def merged(line, below):
    """Return the groups of line, with what only below has."""
    out = dict(below)
    for key, value in line.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(value, out[key])
        else:
            out[key] = value
    return out


class JSONFormatter(logging.Formatter):
    """Writes a record as one line of JSON, in UTC.

    What a call gives as extra={"seclog": {..}} are its attributes.
    """

    def __init__(self, service=""):
        super().__init__()
        self.service = service

    def format(self, record):
        when = datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc)
        line = merged(getattr(record, "seclog", None) or {}, request.get() or {})
        line.update(
            time=when.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            level=record.levelname,
            msg=record.getMessage(),
            logger=record.name,
        )
        if self.service:
            line["service"] = self.service
        if record.exc_info:
            line["error"] = {"kind": record.exc_info[0].__name__, "stack": self.formatException(record.exc_info)}
        return json.dumps(scrub(line), ensure_ascii=False, default=str)


def client_address(peer, forwarded, trusted):
    """Return who made a request: the last address in X-Forwarded-For that is no proxy of ours.

    peer is the address that is connected, forwarded the header, trusted a list of networks.
    What stands before the first stranger anybody may have written.
    """
    client = ""
    for text in [peer, *reversed((forwarded or "")[-4096:].split(","))]:
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return client
        address = getattr(address, "ipv4_mapped", None) or address
        client = str(address)
        if not any(address in network for network in trusted):
            return client
    return client


def event(logger, level, message, category, name, outcome, user=None, **evt):
    """Log something that happened. user is a dict with id, name, email, as far as known."""
    evt = {"category": category, "name": name, "outcome": outcome, **evt}
    attributes = {"evt": evt}
    if user:
        attributes["usr"] = {k: str(v) for k, v in user.items() if v}
    logger.log(level, message, extra={"seclog": attributes})


def login_succeeded(logger, user):
    event(logger, logging.INFO, "login succeeded", "authentication", "authentication", "success", user)


def login_failed(logger, user, reason):
    event(logger, logging.WARNING, "login failed", "authentication", "authentication", "failure", user, reason=reason)


def access_denied(logger, user, action, resource, reason):
    event(logger, logging.WARNING, "access denied", "authorization", "access_denied", "failure", user, action=action, resource=resource, reason=reason)


def data_accessed(logger, user, action, resource, count):
    event(logger, logging.INFO, "data accessed", "data", "data_" + action, "success", user, action=action, resource=resource, count=count)
