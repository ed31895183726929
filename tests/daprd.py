"""A stand-in for a Dapr sidecar: its gRPC API and health page, with state, secrets and publishing in memory."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

import grpc
import pytest
from dapr.proto import api_service_v1, api_v1, common_v1
from google.protobuf.empty_pb2 import Empty

from tests.dapr_stores import (
    MemoryComponent,
    PostgresqlComponent,
    RedisComponent,
    RejectedWriteError,
    StateComponent,
    StateWrite,
)
from tests.functions import ManualClock

_FIRST_WRITE = common_v1.StateOptions.StateConcurrency.CONCURRENCY_FIRST_WRITE


class Daprd(api_service_v1.DaprServicer):
    """Listens on two free ports of loopback. With ``down``, every call fails as with a component that is down.

    Its state stores are ``memory``, ``postgresql`` and ``redis``; each rejects writes as the real component does.
    """

    def __init__(self, clock: Callable[[], datetime], *, grpc_port: int = 0) -> None:
        self.ready = True
        self.probes = 0
        self.secrets: dict[str, dict[str, str]] = {}
        self.denied: set[str] = set()
        self.published: list[tuple[str, str, bytes, str, dict[str, str]]] = []
        self.bound: list[tuple[str, str, bytes]] = []
        self.publish_metadata: list[dict[str, str]] = []
        """The gRPC metadata of each publish."""
        self.stores: dict[str, StateComponent] = {
            "memory": MemoryComponent(clock),
            "postgresql": PostgresqlComponent(clock),
            "redis": RedisComponent(clock),
        }
        self._down = False
        self._held: threading.Event | None = None
        self._store_lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(16))
        api_service_v1.add_DaprServicer_to_server(self, self._server)  # type: ignore[no-untyped-call] # generated
        self.grpc_port = self._server.add_insecure_port(f"127.0.0.1:{grpc_port}")
        self._server.start()
        self._health = ThreadingHTTPServer(("127.0.0.1", 0), _health_page(self))
        self.http_port = self._health.server_port
        threading.Thread(target=self._health.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def down(self) -> bool:
        """Whether every component is down."""
        return self._down

    @down.setter
    def down(self, value: bool) -> None:
        self._down = value
        for store in self.stores.values():
            store.down = value

    def hold(self) -> threading.Event:
        """Let calls hang until the returned event is set."""
        self._held = threading.Event()
        return self._held

    def die(self) -> None:
        """Stop the gRPC server at once, like a killed process."""
        self._server.stop(None).wait()

    def close(self) -> None:
        """Stop listening."""
        if self._held:
            self._held.set()
        self.die()
        self._health.shutdown()
        self._health.server_close()

    def GetState(self, request: Any, context: Any) -> Any:  # noqa: N802 - Dapr's own name
        """Return the value of a key that has not expired."""
        self._await_release()
        with self._store_lock:
            try:
                entry = self._store(request.store_name, context).get(request.key)
            except RejectedWriteError as error:
                context.abort(error.code, str(error))
        return api_v1.GetStateResponse(data=entry.value, etag=entry.etag) if entry else api_v1.GetStateResponse()

    def SaveState(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Store a value, or reject it as the component does."""
        self._await_release()
        store = self._store(request.store_name, context)
        for item in request.states:
            if "||" in item.key:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"input key/keyPrefix '{item.key}' can't contain '||'")
            first = item.options.concurrency == _FIRST_WRITE
            with self._store_lock:
                try:
                    store.save(
                        StateWrite(item.key, item.value, item.etag.value, first, int(item.metadata["ttlInSeconds"]))
                    )
                except RejectedWriteError as error:
                    context.abort(error.code, str(error))
        return Empty()

    def DeleteState(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Delete a key."""
        self._await_release()
        with self._store_lock:
            try:
                self._store(request.store_name, context).delete(request.key)
            except RejectedWriteError as error:
                context.abort(error.code, str(error))
        return Empty()

    def GetSecret(self, request: Any, context: Any) -> Any:  # noqa: N802 - Dapr's own name
        """Return a secret's values."""
        self._await_release()
        if request.key in self.denied:
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f'access denied by policy to get "{request.key}"')
        if self.down or request.key not in self.secrets:
            context.abort(grpc.StatusCode.INTERNAL, f"failed getting secret with key {request.key}")
        return api_v1.GetSecretResponse(data=self.secrets[request.key])

    def PublishEvent(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Record the published event."""
        self._await_release()
        if self.down:
            context.abort(grpc.StatusCode.INTERNAL, f"error when publish to topic {request.topic}")
        metadata = dict(request.metadata)
        self.publish_metadata.append(dict(context.invocation_metadata()))
        self.published.append((request.pubsub_name, request.topic, request.data, request.data_content_type, metadata))
        return Empty()

    def InvokeBinding(self, request: Any, context: Any) -> Any:  # noqa: N802 - Dapr's own name
        """Record the call of an output binding."""
        if self.down:
            context.abort(grpc.StatusCode.INTERNAL, f"error invoking output binding {request.name}")
        self.bound.append((request.name, request.operation, request.data))
        return api_v1.InvokeBindingResponse()

    def _store(self, name: str, context: Any) -> StateComponent:
        return self.stores.get(name) or _abort(context, f"state store {name} is not found")

    def _await_release(self) -> None:
        if self._held:
            self._held.wait()


def _abort(context: Any, text: str) -> NoReturn:
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
    raise AssertionError(text)


def _health_page(daprd: Daprd) -> type[BaseHTTPRequestHandler]:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            daprd.probes += 1
            self.send_response(204 if daprd.ready else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Suppress the access log."""

    return Health


@pytest.fixture
def daprd(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daprd]:
    """A sidecar with the test's clock. Its ports are in the environment, where Dapr's injector puts them."""
    started = Daprd(clock)
    monkeypatch.setenv("DAPR_HTTP_PORT", str(started.http_port))
    monkeypatch.setenv("DAPR_GRPC_PORT", str(started.grpc_port))
    yield started
    started.close()
