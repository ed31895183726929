"""The Dapr sidecar, through its SDK: imported only where it is used, and waited for only then, and not for long."""

import atexit
import os
import threading
import time
from functools import lru_cache
from typing import Any, Final

import urllib3

WAIT_SECONDS: Final = 5.0
"""How long a first use waits for a sidecar that is still starting: it does so in less than half a second."""

CALL_SECONDS: Final = 10

_lock = threading.Lock()
_http = urllib3.PoolManager(retries=False)


class DaprUnavailableError(Exception):
    """The sidecar, or the component behind it, did not do as asked. The message says which call."""


class DaprConflictError(Exception):
    """A key was written by somebody else since."""


def publish_event(
    pubsub: str, topic: str, body: bytes, content_type: str, *, metadata: dict[str, str], timeout: float
) -> None:
    """Publish to a topic; the SDK's own deadline is CALL_SECONDS, within which ``timeout`` only bounds the wait."""
    _call(
        "publish",
        lambda client: client.publish_event(
            pubsub, topic, body, data_content_type=content_type, publish_metadata=metadata
        ),
        wait=min(timeout, WAIT_SECONDS),
    )


def get_secret(store: str, name: str) -> str:
    """Return a secret. Kubernetes keeps several values under a name; ours has one, under the same name."""
    found: dict[str, str] = _call("get secret", lambda client: client.get_secret(store, name).secret)
    if not found:
        raise DaprUnavailableError(f"get secret: {name} has no value")
    return found.get(name) or next(iter(found.values()))


def get_state(store: str, key: str) -> tuple[bytes, str]:
    """Return a value and its ETag; both empty where there is none."""
    found = _call("get state", lambda client: client.get_state(store, key))
    return bytes(found.data), str(found.etag)


def save_state(store: str, key: str, value: bytes, *, etag: str | None, first_write: bool, ttl_seconds: int) -> None:
    """Save a value; raises :class:`DaprConflictError` where the ETag is not the newest, or it is not the first."""
    from dapr.clients.grpc._state import Concurrency, Consistency, StateOptions  # noqa: PLC0415 - a third of a second

    options = StateOptions(
        consistency=Consistency.strong,
        concurrency=Concurrency.first_write if first_write or etag is not None else Concurrency.last_write,
    )
    ttl = {"ttlInSeconds": str(ttl_seconds)}
    _call("save state", lambda client: client.save_state(store, key, value, etag, options, ttl))


def delete_state(store: str, key: str) -> None:
    """Delete a value, if there is one."""
    _call("delete state", lambda client: client.delete_state(store, key))


def _call(what: str, use: Any, wait: float = WAIT_SECONDS) -> Any:  # noqa: ANN401 - the SDK's answers
    with _lock:
        client = _client(_await_sidecar(wait))
    import grpc  # noqa: PLC0415 - the SDK brings it, and its cost
    from dapr.clients.exceptions import DaprGrpcError  # noqa: PLC0415

    try:
        return use(client)
    except (DaprGrpcError, grpc.RpcError) as error:
        if error.code() == grpc.StatusCode.ABORTED:
            raise DaprConflictError(what) from error
        raise DaprUnavailableError(f"{what}: {error.code().name}") from error


def _await_sidecar(seconds: float) -> str:
    """Return the sidecar's gRPC port once it can do outbound calls; a function answers long before that."""
    port = os.environ.get("DAPR_HTTP_PORT", "3500")
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = _http.request("GET", f"http://127.0.0.1:{port}/v1.0/healthz/outbound", timeout=1.0)
            if answer.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
                return os.environ.get("DAPR_GRPC_PORT", "50001")
        except urllib3.exceptions.HTTPError:
            pass
        if time.monotonic() >= deadline:
            raise DaprUnavailableError("the sidecar is not ready")
        time.sleep(0.05)


@lru_cache(maxsize=1)
def _client(grpc_port: str) -> Any:  # noqa: ANN401 - the SDK's client
    os.environ.setdefault("DAPR_API_TIMEOUT_SECONDS", str(CALL_SECONDS))  # the SDK reads it at import
    from dapr.clients import DaprClient  # noqa: PLC0415 - a third of a second

    # Let go of at exit: its destructor needs modules that are gone when the interpreter takes them down.
    atexit.register(_client.cache_clear)
    return DaprClient(address=f"127.0.0.1:{grpc_port}")
