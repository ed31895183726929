"""The client of the Dapr sidecar's gRPC API.

It uses only the stubs that the Dapr SDK generates. The SDK's ``DaprClient`` imports twice as much, may wait a minute
for the sidecar, prints to standard output, and has one deadline for all calls. The stubs are imported on first use.
"""

import os
import threading
import time
from functools import lru_cache
from typing import Any, Final

import urllib3

from functions.chassis.telemetry.context import current_context

STARTUP_SECONDS: Final = 5.0
"""How long the first calls wait together for a sidecar that is still starting, usually less than half a second.

Later calls, and calls after the sidecar was ready once, do not wait.
"""

STATE_SECONDS: Final = 1.0
"""Time limit of a call to the state store. Callers continue without the store, so they must not wait long."""

SECRET_SECONDS: Final = 5.0
BINDING_SECONDS: Final = 10.0

_PROBE_SECONDS: Final = 0.5
_PROBE_INTERVAL_SECONDS: Final = 0.05
_MAX_DETAILS_LENGTH: Final = 200

_CHANNEL_OPTIONS: Final = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)
"""A restarted sidecar is ready within seconds. By default gRPC would wait up to two minutes before it reconnects."""

_http = urllib3.PoolManager(retries=False)


class DaprUnavailableError(Exception):
    """The sidecar or its component did not carry out a call. The message names the call and the gRPC status."""


class DaprRejectedError(DaprUnavailableError):
    """The sidecar answered with an error. For a write, only reading the key again shows whether it is a conflict."""


def publish_event(
    pubsub: str, topic: str, body: bytes, content_type: str, *, metadata: dict[str, str], timeout: float
) -> None:
    """Publish to a topic within ``timeout`` seconds, plus the wait for a sidecar that is still starting."""
    sidecar = current_sidecar(timeout)
    request = sidecar.api.PublishEventRequest(
        pubsub_name=pubsub, topic=topic, data=body, data_content_type=content_type, metadata=metadata
    )
    _call("publish", sidecar.stub.PublishEvent, request, timeout)


def get_secret(store: str, name: str) -> str:
    """Return a secret. A Kubernetes secret has several values; the one under the secret's own name is preferred."""
    sidecar = current_sidecar()
    request = sidecar.api.GetSecretRequest(store_name=store, key=name)
    values = dict(_call("get secret", sidecar.stub.GetSecret, request, SECRET_SECONDS).data)
    if not values:
        raise DaprUnavailableError(f"get secret: {name} has no value")
    return str(values.get(name) or next(iter(values.values())))


def get_state(store: str, key: str) -> tuple[bytes, str]:
    """Return a value and its ETag, both empty if the key has no value."""
    sidecar = current_sidecar()
    request = sidecar.api.GetStateRequest(store_name=store, key=key)
    response = _call("get state", sidecar.stub.GetState, request, STATE_SECONDS)
    return bytes(response.data), str(response.etag)


def save_state(store: str, key: str, value: bytes, *, etag: str, ttl_seconds: int) -> None:
    """Replace the value that has this ETag; with an empty ``etag``, save the first value of the key.

    Raises :class:`DaprRejectedError` if the component rejects the write.
    """
    sidecar = current_sidecar()
    common = sidecar.common
    options = common.StateOptions(
        # Redis checks an ETag only with this option.
        concurrency=common.StateOptions.StateConcurrency.CONCURRENCY_FIRST_WRITE,
        consistency=common.StateOptions.StateConsistency.CONSISTENCY_STRONG,
    )
    item = common.StateItem(key=key, value=value, options=options, metadata={"ttlInSeconds": str(ttl_seconds)})
    if etag:
        item.etag.value = etag
    request = sidecar.api.SaveStateRequest(store_name=store, states=[item])
    _call("save state", sidecar.stub.SaveState, request, STATE_SECONDS)


def delete_state(store: str, key: str) -> None:
    """Delete a value, if there is one."""
    sidecar = current_sidecar()
    request = sidecar.api.DeleteStateRequest(store_name=store, key=key)
    _call("delete state", sidecar.stub.DeleteState, request, STATE_SECONDS)


def invoke_binding(name: str, data: bytes) -> None:
    """Send data to an output binding with the operation ``create``, which every binding has."""
    sidecar = current_sidecar()
    request = sidecar.api.InvokeBindingRequest(name=name, data=data, operation="create")
    _call("invoke binding", sidecar.stub.InvokeBinding, request, BINDING_SECONDS)


class DaprSidecar:
    """The sidecar at two ports of the loopback interface.

    The constructor imports gRPC, which takes a tenth of a second, and does not wait for the sidecar.
    """

    def __init__(self, http_port: str, grpc_port: str) -> None:
        import grpc  # noqa: PLC0415 - imported on use only, because of its import time
        from dapr.proto import api_service_v1, api_v1, common_v1  # noqa: PLC0415 - imported on use only

        self.api, self.common = api_v1, common_v1
        make_stub: Any = api_service_v1.DaprStub  # generated code without types
        self.stub = make_stub(grpc.insecure_channel(f"127.0.0.1:{grpc_port}", options=_CHANNEL_OPTIONS))
        self._health_url = f"http://127.0.0.1:{http_port}/v1.0/healthz/outbound"
        self._ready = threading.Event()
        self._startup_ends = time.monotonic() + STARTUP_SECONDS

    def wait_until_ready(self, seconds: float) -> None:
        """Return when the sidecar is ready, or was ready before; raises :class:`DaprUnavailableError`."""
        until = min(self._startup_ends, time.monotonic() + seconds)
        while not self._ready.is_set():
            if self._is_healthy():
                self._ready.set()
            elif time.monotonic() >= until:
                raise DaprUnavailableError("the sidecar is not ready")
            else:
                self._ready.wait(_PROBE_INTERVAL_SECONDS)

    def _is_healthy(self) -> bool:
        try:
            response = _http.request("GET", self._health_url, timeout=_PROBE_SECONDS)
        except urllib3.exceptions.HTTPError:
            return False
        return 200 <= response.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3


def current_sidecar(seconds: float = STARTUP_SECONDS) -> DaprSidecar:
    """Return the ready sidecar at the ports in Dapr's environment variables.

    Waits up to ``seconds`` for a sidecar that is still starting; raises :class:`DaprUnavailableError`.
    """
    sidecar = _sidecar_at(os.environ.get("DAPR_HTTP_PORT", "3500"), os.environ.get("DAPR_GRPC_PORT", "50001"))
    sidecar.wait_until_ready(seconds)
    return sidecar


_sidecar_at = lru_cache(DaprSidecar)  # one connection per sidecar, shared by all threads


def _call(name: str, method: Any, request: Any, seconds: float) -> Any:  # noqa: ANN401 - generated code
    import grpc  # noqa: PLC0415 - the sidecar has imported it

    try:
        return method(request, timeout=seconds, metadata=_metadata())
    except grpc.RpcError as error:
        code = error.code()
        message = f"{name}: {code.name} ({error.details()[:_MAX_DETAILS_LENGTH]})"
        if code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}:
            raise DaprUnavailableError(message) from error
        raise DaprRejectedError(message) from error


def _metadata() -> tuple[tuple[str, str], ...]:
    """Return the API token, if the sidecar requires one, and the ``traceparent`` of the current span.

    Dapr replaces the ``traceparent`` of an event in structured mode with its own span. Given our span as its parent,
    Dapr's span stays in the event's trace.
    """
    values = {
        "dapr-api-token": os.environ.get("DAPR_API_TOKEN"),
        "traceparent": current_context().traceparent,
    }
    return tuple((name, value) for name, value in values.items() if value)
