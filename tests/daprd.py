"""A stand-in for a Dapr sidecar: its own gRPC service and health page, with state, secrets and publishing in memory."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import grpc
from dapr.proto import api_service_v1, api_v1, common_v1
from google.protobuf.empty_pb2 import Empty

_FIRST_WRITE = common_v1.StateOptions.StateConcurrency.CONCURRENCY_FIRST_WRITE


class Daprd(api_service_v1.DaprServicer):
    """Listens on two free ports of loopback; ``down`` makes every call fail as a missing component would."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.down = False
        self.ready = True
        self.secrets: dict[str, dict[str, str]] = {}
        self.published: list[tuple[str, str, bytes, str, dict[str, str]]] = []
        self._state: dict[str, tuple[bytes, str, datetime]] = {}
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(4))
        api_service_v1.add_DaprServicer_to_server(self, self._server)  # type: ignore[no-untyped-call] # generated
        self.grpc_port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        self._health = ThreadingHTTPServer(("127.0.0.1", 0), _health_page(self))
        self.http_port = self._health.server_port
        threading.Thread(target=self._health.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.stop(None)
        self._health.shutdown()
        self._health.server_close()

    def forget(self) -> None:
        """Be as new."""
        self._state.clear()
        self.secrets.clear()
        self.published.clear()
        self.down, self.ready = False, True

    def GetState(self, request: Any, context: Any) -> Any:  # noqa: N802 - Dapr's own name
        """Answer the value of a key that has not expired."""
        self._check(context)
        value, etag, expires = self._state.get(request.key, (b"", "", self.clock()))
        return api_v1.GetStateResponse(data=value, etag=etag) if expires > self.clock() else api_v1.GetStateResponse()

    def SaveState(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Keep a value; an ETag that is not the newest, or a first write that is none, is refused as Dapr does."""
        self._check(context)
        for item in request.states:
            with self._lock:
                _, etag, expires = self._state.get(item.key, (b"", "", self.clock()))
                exists = expires > self.clock()
                first = item.options.concurrency == _FIRST_WRITE
                stale = item.etag.value != etag if item.HasField("etag") and item.etag.value else first and exists
                if stale:
                    context.abort(grpc.StatusCode.ABORTED, "possible etag mismatch")
                ttl = timedelta(seconds=int(item.metadata["ttlInSeconds"]))
                self._state[item.key] = (item.value, uuid4().hex, self.clock() + ttl)
        return Empty()

    def DeleteState(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Forget a key."""
        self._check(context)
        self._state.pop(request.key, None)
        return Empty()

    def GetSecret(self, request: Any, context: Any) -> Any:  # noqa: N802 - Dapr's own name
        """Answer a secret's values."""
        self._check(context)
        if request.key not in self.secrets:
            context.abort(grpc.StatusCode.INTERNAL, "secret not found")
        return api_v1.GetSecretResponse(data=self.secrets[request.key])

    def PublishEvent(self, request: Any, context: Any) -> Empty:  # noqa: N802 - Dapr's own name
        """Keep what was published."""
        self._check(context)
        metadata = dict(request.metadata)
        self.published.append((request.pubsub_name, request.topic, request.data, request.data_content_type, metadata))
        return Empty()

    def _check(self, context: Any) -> None:
        if self.down:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the component is down")


def _health_page(daprd: Daprd) -> type[BaseHTTPRequestHandler]:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204 if daprd.ready else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Health
