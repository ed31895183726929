"""The pages that the platform polls: ``/live``, ``/ready``, ``/health`` and ``/metrics``; and ``/warm``."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from functions.chassis.instance import Instance
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry import metrics

WarmUp = Callable[[Instance], object]
"""Loads what an instance's first event needs, such as a key. It may raise any error that a request may raise."""


def make_health_pages(instance: Instance, *, secret: str | None = None, warm_up: WarmUp | None = None) -> Blueprint:
    """Return the pages; ``secret`` is the name of a secret that the function requires.

    ``/live`` and ``/ready`` check no dependency. While the database is down, an instance answers 503 with Retry-After;
    without any ready instance, clients would get a worse error. ``/health`` checks the database and the secret store,
    and answers 503 if one of them is down.

    A request to ``/warm`` starts an instance and prepares it for its first event: it opens a connection to the
    database and calls ``warm_up``.
    """
    pages = Blueprint("health", __name__)
    service = instance.settings.service_name
    metrics.watch_connections_in_use(lambda: instance.database.connections_in_use)

    @pages.get("/live")
    @pages.get("/ready")
    def show_ready() -> Response:
        return jsonify(status="ok", service=service)

    @pages.get("/warm")
    def prepare_instance() -> Response:
        instance.database.ping()
        if warm_up:
            warm_up(instance)
        return Response(status=204)

    @pages.get("/health")
    def show_health() -> tuple[Response, int]:
        checks = {"database": _check_database(instance)}
        if secret:
            checks["secrets"] = _check_secret(instance, secret)
        is_healthy = all(result == "ok" for result in checks.values())
        status = "ok" if is_healthy else "degraded"
        return jsonify(status=status, service=service, checks=checks), 200 if is_healthy else 503

    @pages.get("/metrics")
    def show_metrics() -> Response:
        body, content_type = metrics.render_metrics()
        return Response(body, content_type=content_type)

    return pages


def _check_database(instance: Instance) -> str:
    try:
        instance.database.ping()
    except DatabaseUnavailableError:
        return "down"
    return "ok"


def _check_secret(instance: Instance, name: str) -> str:
    try:
        instance.secrets.get(name)
    except SecretUnavailableError:
        return "down"
    return "ok"
