"""Whatever the broker gives up is kept here, with the reason, until an operator sends it again."""

import base64
import binascii
from typing import Any, Final

import functions_framework
from flask import Request, Response

from functions.chassis.http.function_app import prepare_app
from functions.chassis.instance import current_instance
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import known_type, processing
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.dead_letter_metrics import count_dead_letter
from functions.delivery.dead_letters import DeadLetter, keep
from functions.delivery.posted import posted_document

log = get_logger(__name__)

LARGEST: Final = 16 * 1_048_576
"""More than any function takes, as an event may be here for its size."""

REASON_LIMIT: Final = 4000

_ERROR: Final = "knativeerror"


def read_letter(document: dict[str, Any]) -> DeadLetter:
    """Return the dead letter in an event that carries Knative's error extensions, and take those off it.

    ``knativeerrordest``, ``knativeerrorcode`` and ``knativeerrordata`` (base64) say who did not take it, with which
    status, and what its answer was. Each may be missing.
    """
    event = {name: value for name, value in document.items() if not name.startswith(_ERROR)}
    code = str(document.get(f"{_ERROR}code", ""))
    return DeadLetter(
        event=event,
        destination=str(document.get(f"{_ERROR}dest") or "unknown")[:1000],
        code=int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else None,  # noqa: PLR2004 - a status
        reason=_reason(str(document.get(f"{_ERROR}data", ""))),
    )


def _reason(encoded: str) -> str:
    try:
        text = base64.b64decode(encoded, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        text = encoded  # some brokers send it as it is
    return text.replace("\x00", "�")[:REASON_LIMIT]


prepare_app("keep-dead-letter")


@functions_framework.http
def keep_dead_letter(request: Request) -> Response:
    """Keep any event, known or not, well-formed or not: nobody comes after this one."""
    request.max_content_length = LARGEST
    letter = read_letter(posted_document(request))
    instance = current_instance()
    came = request.headers.get("traceparent")
    with processing(instance.tracer, letter.event, service="keep-dead-letter", came=came):
        with instance.database.transaction() as connection:
            keep(connection, letter, now=instance.clock())
        log.warning("a dead letter was kept")
    kind = known_type(letter.event.get("type"))
    metrics.handled(kind, "kept", 0.0, 0.0)
    count_dead_letter(kind)
    return Response(status=202)
