"""The parts of Django: a middleware that logs requests, and receivers of its signals.

settings.py:

    MIDDLEWARE = ["shop.seclog_django.RequestLog", ...]    # first
    SECLOG_TRUSTED_PROXIES = ["127.0.0.0/8", "10.0.0.0/8"]
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "shop.seclog.JSONFormatter", "service": "shop"}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
        "root": {"handlers": ["stdout"], "level": "INFO"},
        # The middleware logs every request; these would log some of them again.
        "loggers": {"django.request": {"level": "ERROR"}, "django.server": {"handlers": [], "propagate": False}},
    }

apps.py:

    class ShopConfig(AppConfig):
        name = "shop"

        def ready(self):
            from . import seclog_django  # connects the receivers
"""

import ipaddress
import logging
import re
import time
import uuid

from django.conf import settings
from django.contrib.auth import signals
from django.dispatch import receiver

from . import seclog

logger = logging.getLogger("seclog")
IS_ID = re.compile(r"[\w.:=+/@-]{1,128}", re.ASCII)


class RequestLog:
    """Logs each request: who asked for what, and what became of it."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(n) for n in getattr(settings, "SECLOG_TRUSTED_PROXIES", [])]

    def __call__(self, request):
        start = time.perf_counter_ns()
        peer = request.META.get("REMOTE_ADDR", "")
        client = seclog.client_address(peer, request.headers.get("X-Forwarded-For"), self.trusted)
        given = request.headers.get("X-Request-Id", "")
        request_id = given if self.believes(peer) and IS_ID.fullmatch(given) else uuid.uuid4().hex
        about = {"http": {"request_id": request_id, "useragent": request.headers.get("User-Agent", "")}}
        if client:
            about["network"] = {"client": {"ip": client}}
        token = seclog.request.set(about)
        try:
            response = self.get_response(request)  # Django makes an answer of an exception
            response["X-Request-Id"] = request_id
            self.log(request, response, time.perf_counter_ns() - start)
            return response
        finally:
            seclog.request.reset(token)

    def believes(self, peer):
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.trusted)

    def log(self, request, response, took):
        status = response.status_code
        level = logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO
        attributes = {
            "evt": {"category": "web", "name": "request", "outcome": "failure" if status >= 400 else "success"},
            "http": {
                "method": request.method,
                "url": request.get_full_path(),
                "status_code": status,
                "referer": request.headers.get("Referer", ""),
            },
            "duration": took,
        }
        if not response.streaming:
            attributes["network"] = {"bytes_written": len(response.content)}
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            attributes["usr"] = {"id": str(user.pk)}
        logger.log(level, "request", extra={"seclog": attributes})


def who(user):
    return {"id": user.pk, "name": user.get_username(), "email": getattr(user, "email", "")}


@receiver(signals.user_logged_in)
def logged_in(sender, request, user, **kwargs):
    seclog.login_succeeded(logger, who(user))


@receiver(signals.user_login_failed)
def login_failed(sender, credentials, request=None, **kwargs):
    # Django has made the password ******** already.
    seclog.login_failed(logger, {"name": credentials.get("username") or credentials.get("email")}, "wrong_credentials")


@receiver(signals.user_logged_out)
def logged_out(sender, request, user, **kwargs):
    if user is not None:
        seclog.event(logger, logging.INFO, "session closed", "session", "session_closed", "success", who(user))
