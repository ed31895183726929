"""The Flask app that functions-framework makes for one function, and what each gets on top."""

from flask import current_app

from functions.chassis.http.app_hooks import install_hooks
from functions.chassis.http.health import health_pages
from functions.chassis.instance import open_instance


def prepare_app(service: str, *, secret: str | None = None) -> bool:
    """Give the app that is being loaded its hooks and health pages; False where a module is only being read.

    functions-framework loads a function's module inside its app's context, so this is called at import. ``secret`` is
    one that the function cannot do without.
    """
    instance = open_instance()
    if instance is None:
        return False
    install_hooks(current_app, service, instance.tracer)
    current_app.register_blueprint(health_pages(instance, secret=secret))
    return True
