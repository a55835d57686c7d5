"""Writes the lines of sample.jsonl, as far as they need no Django."""

import ipaddress
import logging
import sys

import seclog

handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(seclog.JSONFormatter("shop"))
logging.basicConfig(level=logging.INFO, handlers=[handler])
logger = logging.getLogger("seclog")

trusted = [ipaddress.ip_network("10.0.0.0/8")]
client = seclog.client_address("10.0.0.1", "198.51.100.66, 203.0.113.7", trusted)


def request(request_id):
    seclog.request.set({"network": {"client": {"ip": client}}, "http": {"request_id": request_id, "useragent": "curl/8.5.0"}})


def access(method, url, status, level):
    logger.log(
        level,
        "request",
        extra={
            "seclog": {
                "evt": {"category": "web", "name": "request", "outcome": "failure" if status >= 400 else "success"},
                "http": {"method": method, "url": url, "status_code": status},
                "network": {"bytes_written": 22},
                "duration": 1200345,
            }
        },
    )


request("abc-1")
seclog.login_failed(logger, {"name": "ann"}, "wrong_password")
access("POST", "/login?next=%2F&password=hunter2", 401, logging.WARNING)
request("abc-2")
seclog.login_succeeded(logger, {"id": 1001, "name": "ann"})
access("POST", "/login", 200, logging.INFO)
request("abc-3")
seclog.access_denied(logger, {"id": 1001}, "read", "order/7", "not_owner")
access("GET", "/orders/7", 403, logging.WARNING)
