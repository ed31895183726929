"""Whether a function lives, can take work, and how its dependencies are; and its metrics."""

from flask import Blueprint, Response, jsonify

from functions.chassis.instance import Instance
from functions.chassis.runtime.database import DatabaseUnavailableError
from functions.chassis.runtime.secret_store import SecretUnavailableError
from functions.chassis.telemetry import metrics


def health_pages(instance: Instance, *, secret: str | None = None) -> Blueprint:
    """Return ``/live``, ``/ready``, ``/health`` and ``/metrics``; ``secret`` is what the function cannot do without.

    ``/live`` and ``/ready`` ask nobody: an instance whose database is down still answers 503 with Retry-After by
    itself, and taking it out of service would only turn that answer into a worse one. ``/health`` asks the database
    and the secret store, and answers 503 where one of them is down.
    """
    pages = Blueprint("health", __name__)
    service = instance.settings.service_name
    metrics.set_connections_in_use(lambda: instance.database.connections_in_use)

    @pages.get("/live")
    @pages.get("/ready")
    def ready() -> Response:
        return jsonify(status="ok", service=service)

    @pages.get("/health")
    def health() -> tuple[Response, int]:
        checks = {"database": _database(instance)}
        if secret:
            checks["secrets"] = _secrets(instance, secret)
        well = all(found == "ok" for found in checks.values())
        status = "ok" if well else "degraded"
        return jsonify(status=status, service=service, checks=checks), 200 if well else 503

    @pages.get("/metrics")
    def exposition() -> Response:
        body, content_type = metrics.exposition()
        return Response(body, content_type=content_type)

    return pages


def _database(instance: Instance) -> str:
    try:
        instance.database.ping()
    except DatabaseUnavailableError:
        return "down"
    return "ok"


def _secrets(instance: Instance, name: str) -> str:
    try:
        instance.secrets.get(name)
    except SecretUnavailableError:
        return "down"
    return "ok"
