"""The function `keep-dead-letter`, the Broker's dead-letter sink: stores each event that could not be delivered."""

import base64
import binascii
from typing import Any, Final

import functions_framework
from flask import Request, Response

from functions.chassis.http.function_app import prepare_app
from functions.chassis.instance import current_instance
from functions.chassis.telemetry import metrics
from functions.chassis.telemetry.event_spans import event_type_label, trace_handling
from functions.chassis.telemetry.logs import get_logger
from functions.delivery.dead_letter_metrics import count_dead_letter
from functions.delivery.dead_letter_store import DeadLetter, store_dead_letter
from functions.delivery.posted_document import read_posted_document

log = get_logger(__name__)

MAX_LETTER_BYTES: Final = 16 * 1_048_576
"""Larger than the limit of every other function, because an event's size may be the reason for the failure."""

MAX_REASON_LENGTH: Final = 4000

_MAX_DESTINATION_LENGTH: Final = 1000
_ERROR_PREFIX: Final = "knativeerror"


def parse_dead_letter(document: dict[str, Any]) -> DeadLetter:
    """Return the dead letter in a document that has Knative's error extensions; each of them may be missing.

    ``knativeerrordest`` is the subscriber that failed, ``knativeerrorcode`` the status of its response, and
    ``knativeerrordata`` the response's body in base64. The event of the result does not contain them.
    """
    event = {name: value for name, value in document.items() if not name.startswith(_ERROR_PREFIX)}
    code = str(document.get(f"{_ERROR_PREFIX}code", ""))
    return DeadLetter(
        event=event,
        destination=str(document.get(f"{_ERROR_PREFIX}dest") or "unknown")[:_MAX_DESTINATION_LENGTH],
        code=int(code) if code.isascii() and code.isdigit() and len(code) <= 3 else None,  # noqa: PLR2004 - a status
        reason=_decode_reason(str(document.get(f"{_ERROR_PREFIX}data", ""))),
    )


def _decode_reason(encoded: str) -> str:
    try:
        text = base64.b64decode(encoded, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        text = encoded  # some brokers do not encode it
    return text.replace("\x00", "�")[:MAX_REASON_LENGTH]


prepare_app("keep-dead-letter")


@functions_framework.http
def keep_dead_letter(request: Request) -> Response:
    """Store any event, known or unknown, valid or invalid. The Broker drops an event that this function rejects."""
    request.max_content_length = MAX_LETTER_BYTES
    letter = parse_dead_letter(read_posted_document(request))
    instance = current_instance()
    traceparent = request.headers.get("traceparent")
    with trace_handling(instance.tracer, letter.event, service="keep-dead-letter", request_traceparent=traceparent):
        store_dead_letter(instance.database, letter, now=instance.clock())
        log.warning("stored a dead letter")
    event_type = event_type_label(letter.event.get("type"))
    metrics.record_handled_event(event_type, "kept", 0.0, 0.0)
    count_dead_letter(event_type)
    return Response(status=202)
