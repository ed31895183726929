"""Prepares the Flask app that functions-framework creates for a function: hooks, health pages, endpoint of events."""

from collections.abc import Callable
from typing import cast

from flask import Flask, Response, current_app

from functions.chassis.http.app_hooks import install_hooks
from functions.chassis.http.event_endpoint import EventEndpoint, PostedEvent
from functions.chassis.http.health import WarmUp, make_health_pages
from functions.chassis.instance import current_instance, open_instance


def prepare_app(service: str, *, secret: str | None = None, warm_up: WarmUp | None = None) -> bool:
    """Open the instance, and install hooks and health pages in the app that is being loaded.

    functions-framework imports a function's module inside its app's context, so a module calls this at import. Returns
    False without an app, for example if a test imports the module. ``secret`` is the name of a secret that the
    function requires; ``/health`` checks it. ``/warm`` calls ``warm_up``.
    """
    instance = open_instance()
    if instance is None:
        return False
    install_hooks(current_app, service, instance.tracer)
    current_app.register_blueprint(make_health_pages(instance, secret=secret, warm_up=warm_up))
    return True


def answer_events(answer: Callable[[PostedEvent], Response]) -> None:
    """Answer each event that is posted to the app that is being loaded with ``answer``."""
    app, instance = cast("Flask", current_app._get_current_object()), current_instance()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's documented way to the app itself
    endpoint = EventEndpoint(app, answer, instance.settings.service_name, instance.tracer)
    app.wsgi_app = endpoint  # type: ignore[method-assign] # Flask's documented place for middleware
