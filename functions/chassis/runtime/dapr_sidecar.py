"""The Dapr sidecar, over its gRPC API: nothing of the SDK is imported before it is used, and nobody waits for long.

What is used of the SDK are its generated stubs. Its ``DaprClient`` costs twice the import, may wait a minute for the
sidecar when it is made, prints, and knows one deadline for all calls.
"""

import os
import threading
import time
from functools import lru_cache
from typing import Any, Final

import urllib3

from functions.chassis.telemetry import context

WAIT_SECONDS: Final = 5.0
"""How long after its first use a sidecar may still be starting, which takes it less than half a second. It is waited
for until then, by all threads together; after that, and once it was ready, nobody waits for a sidecar that is gone."""

STATE_SECONDS: Final = 1.0
"""How long one call to the state store may take: what it keeps is worth no more waiting."""

SECRET_SECONDS: Final = 5.0
BINDING_SECONDS: Final = 10.0

_PROBE_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 0.05
_LONGEST: Final = 200

_RECONNECT: Final = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)
"""A sidecar that was killed is back within seconds, and gRPC's own back-off goes up to two minutes."""

_http = urllib3.PoolManager(retries=False)


class DaprUnavailableError(Exception):
    """The sidecar, or the component behind it, did not do as asked. The message says which call, and what it said."""


class DaprRefusedError(DaprUnavailableError):
    """The sidecar is there and answered no; of a write, whether for what the key holds can only be known by reading."""


def publish_event(
    pubsub: str, topic: str, body: bytes, content_type: str, *, metadata: dict[str, str], timeout: float
) -> None:
    """Publish to a topic within ``timeout`` seconds, and the wait for a sidecar that is still starting."""
    sidecar = current_sidecar(timeout)
    request = sidecar.api.PublishEventRequest(
        pubsub_name=pubsub, topic=topic, data=body, data_content_type=content_type, metadata=metadata
    )
    _call("publish", sidecar.stub.PublishEvent, request, timeout)


def get_secret(store: str, name: str) -> str:
    """Return a secret. Kubernetes keeps several values under a name; ours has one, under the same name."""
    sidecar = current_sidecar()
    request = sidecar.api.GetSecretRequest(store_name=store, key=name)
    found = dict(_call("get secret", sidecar.stub.GetSecret, request, SECRET_SECONDS).data)
    if not found:
        raise DaprUnavailableError(f"get secret: {name} has no value")
    return str(found.get(name) or next(iter(found.values())))


def get_state(store: str, key: str) -> tuple[bytes, str]:
    """Return a value and its ETag; both empty where there is none."""
    sidecar = current_sidecar()
    request = sidecar.api.GetStateRequest(store_name=store, key=key)
    found = _call("get state", sidecar.stub.GetState, request, STATE_SECONDS)
    return bytes(found.data), str(found.etag)


def save_state(store: str, key: str, value: bytes, *, etag: str, ttl_seconds: int) -> None:
    """Save a value over the one with this ETag, or where that is empty as the first; else :class:`DaprRefusedError`."""
    sidecar = current_sidecar()
    common = sidecar.common
    options = common.StateOptions(
        # Redis looks at an ETag only where this is asked for.
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
    """Hand data to an output binding, by the operation that every one has."""
    sidecar = current_sidecar()
    request = sidecar.api.InvokeBindingRequest(name=name, data=data, operation="create")
    _call("invoke binding", sidecar.stub.InvokeBinding, request, BINDING_SECONDS)


class DaprSidecar:
    """The sidecar at two ports of loopback. Making one imports gRPC, a tenth of a second, and waits for nothing."""

    def __init__(self, http_port: str, grpc_port: str) -> None:
        import grpc  # noqa: PLC0415 - the SDK brings it, and its cost
        from dapr.proto import api_service_v1, api_v1, common_v1  # noqa: PLC0415

        self.api, self.common = api_v1, common_v1
        make_stub: Any = api_service_v1.DaprStub  # generated, and not typed
        self.stub = make_stub(grpc.insecure_channel(f"127.0.0.1:{grpc_port}", options=_RECONNECT))
        self._health = f"http://127.0.0.1:{http_port}/v1.0/healthz/outbound"
        self._ready = threading.Event()
        self._patience = time.monotonic() + WAIT_SECONDS

    def wait(self, seconds: float) -> None:
        """Return when it can do outbound calls, or could before; raises :class:`DaprUnavailableError`."""
        until = min(self._patience, time.monotonic() + seconds)
        while not self._ready.is_set():
            if self._is_well():
                self._ready.set()
            elif time.monotonic() >= until:
                raise DaprUnavailableError("the sidecar is not ready")
            else:
                self._ready.wait(_AGAIN_SECONDS)

    def _is_well(self) -> bool:
        try:
            answer = _http.request("GET", self._health, timeout=_PROBE_SECONDS)
        except urllib3.exceptions.HTTPError:
            return False
        return 200 <= answer.status < 300  # noqa: PLR2004 - RFC 9110, section 15.3


def current_sidecar(wait: float = WAIT_SECONDS) -> DaprSidecar:
    """Return the sidecar that Dapr's environment variables name, when it is ready."""
    sidecar = sidecar_at(os.environ.get("DAPR_HTTP_PORT", "3500"), os.environ.get("DAPR_GRPC_PORT", "50001"))
    sidecar.wait(wait)
    return sidecar


sidecar_at = lru_cache(DaprSidecar)
"""The sidecar at an HTTP and a gRPC port: one connection, which all threads share."""


def _call(what: str, method: Any, request: Any, seconds: float) -> Any:  # noqa: ANN401 - generated code
    import grpc  # noqa: PLC0415 - loaded long since

    try:
        return method(request, timeout=seconds, metadata=_metadata())
    except grpc.RpcError as error:
        code = error.code()
        said = f"{what}: {code.name} ({error.details()[:_LONGEST]})"
        if code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}:
            raise DaprUnavailableError(said) from error
        raise DaprRefusedError(said) from error


def _metadata() -> tuple[tuple[str, str], ...]:
    """Return the sidecar's token, if it wants one, and the span that its own are below.

    Of an event in structured mode Dapr replaces the ``traceparent`` by that of its own span: told of ours, it stays in
    the event's trace.
    """
    told = {"dapr-api-token": os.environ.get("DAPR_API_TOKEN"), "traceparent": context.current().traceparent}
    return tuple((name, value) for name, value in told.items() if value)
