"""The HTTP exchange of a webhook with receivers that are slow, silent or broken."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from functions.notifications.channels.channel import SendResult
from functions.notifications.channels.webhook import WebhookChannel
from functions.notifications.outbound import http_post
from functions.notifications.outbound.deadline import Deadline
from functions.notifications.outbound.reach import Lookup, look_up
from tests.integration.notifications.certificates import server_context
from tests.integration.notifications.raw_server import PATIENCE, Behaviour, RawServer, read_request
from tests.integration.notifications.webhook_receiver import WebhookReceiver
from tests.samples import a_notification

SECRET = "whsec_" + "A" * 44
SHORT = 0.3
LOOPBACK = {"WEBHOOKS_MAY_REACH": "127.0.0.0/8, ::1"}
ANYWHERE = {"NODE_ENV": "development"}

Serve = Callable[[Behaviour], RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that behave as the test defines."""
    started: list[RawServer] = []

    def start(behaviour: Behaviour) -> RawServer:
        started.append(RawServer(behaviour))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture
def finished() -> Iterator[threading.Event]:
    """An event that is set at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def send(
    port: int,
    *,
    host: str = "127.0.0.1",
    scheme: str = "http",
    deadline: Deadline | None = None,
    settings: Mapping[str, str] = ANYWHERE,
    lookup: Lookup = look_up,
) -> SendResult:
    """Post a notification to a port."""
    channel = WebhookChannel(url=f"{scheme}://{host}:{port}/", secret=SECRET)
    notification = a_notification()
    return channel.send(notification, now=notification.created_at, settings=settings, deadline=deadline, lookup=lookup)


def idle(finished: threading.Event) -> None:
    """Wait until the end of the test."""
    finished.wait(PATIENCE)


class TickingClock:
    """A clock that advances by a second at each reading and releases a semaphore."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ticked = threading.Semaphore(0)

    def __call__(self) -> float:
        """Return the next second."""
        self.now += 1
        self.ticked.release()
        return self.now


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n" + b"X-Slow: " + b"a" * 40, b"HTTP/1.1 200 " + b"a" * 60])
def test_a_receiver_that_sends_byte_by_byte_is_cut_off(serve: Serve, head: bytes) -> None:
    """Each byte arrives soon after the one before; the deadline covers all of them."""
    clock = TickingClock()

    def drip(connected: socket.socket) -> None:
        read_request(connected)
        for number in range(len(head)):
            clock.ticked.acquire(timeout=0.2)  # a byte a second, by the clock of the deadline
            connected.sendall(head[number : number + 1])
        connected.sendall(b"\r\n\r\n")

    result = send(serve(drip).port, deadline=Deadline(10, clock))
    assert result == SendResult.temporary_failure("no answer within 10 seconds")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_silent_receiver_is_cut_off(serve: Serve, finished: threading.Event, scheme: str) -> None:
    """It accepts the connection and sends neither a response nor a TLS handshake."""
    silent = serve(lambda _: idle(finished))
    result = send(silent.port, scheme=scheme, deadline=Deadline(SHORT))
    assert result == SendResult.temporary_failure("no answer within 0.3 seconds")


def test_a_receiver_that_does_not_read_is_cut_off(serve: Serve, finished: threading.Event) -> None:
    """The request is larger than the buffers."""
    deaf = serve(lambda _: idle(finished))
    peer = http_post.HttpPeer(("127.0.0.1",), deaf.port, None)
    with pytest.raises(TimeoutError):
        http_post.post_body(peer, "/", headers={}, body=bytes(32_000_000), deadline=Deadline(SHORT))


def test_a_slow_resolver_is_abandoned(finished: threading.Event) -> None:
    """Name resolution is part of the attempt, and of its deadline."""

    def hang(_host: str, _port: int) -> list[str]:
        finished.wait(PATIENCE)
        return ["127.0.0.1"]

    result = send(9, deadline=Deadline(SHORT), lookup=hang)
    assert result == SendResult.temporary_failure("the address cannot be resolved")


def test_an_endless_body_is_not_read(serve: Serve) -> None:
    """The connection is closed after the head of the response."""

    def pour(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        for _ in range(2000):
            connected.sendall(bytes(1_000_000))

    pouring = serve(pour)
    assert send(pouring.port) == SendResult(delivered=True)
    pouring.wait()
    assert pouring.cut_off


def test_an_endless_head_is_a_temporary_failure(serve: Serve) -> None:
    """Headers beyond the limit are not read."""

    def pour(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 10 + b"\r\n")

    result = send(serve(pour).port)
    assert result == SendResult.temporary_failure("no answer: AnswerTooLongError")


@pytest.mark.parametrize(
    "answer", [b"", b"\r\n\r\n", b"HTTP/1.1 99999 No\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/9"]
)
def test_a_broken_response_is_a_temporary_failure(serve: Serve, answer: bytes) -> None:
    """No error is raised."""

    def behave(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(answer)

    result = send(serve(behave).port)
    assert (result.delivered, result.is_temporary, (result.reason or "")[:9]) == (False, True, "no answer")


def test_the_connection_goes_to_the_checked_address() -> None:
    """A name that resolves differently every time is resolved once."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    receiver = WebhookReceiver()
    receiver.secret = SECRET
    receiver.answers = [204]
    result = send(receiver.port, host="hooks.example", settings=LOOPBACK, lookup=lambda *_: answers.pop(0))
    receiver.close()
    assert (result.delivered, len(answers), receiver.hosts) == (True, 1, [f"hooks.example:{receiver.port}"])


def test_the_next_address_is_tried() -> None:
    """A host is reached through any of its addresses."""
    receiver = WebhookReceiver([204])
    result = send(receiver.port, host="hooks.example", settings=LOOPBACK, lookup=lambda *_: ["::1", "127.0.0.1"])
    receiver.close()
    assert result == SendResult(delivered=True)


def test_a_forbidden_address_is_not_connected_to(serve: Serve) -> None:
    """The name is public, and its address is not."""
    receiver = serve(lambda _: None)
    result = send(receiver.port, host="hooks.example", scheme="https", settings={}, lookup=lambda *_: ["127.0.0.1"])
    assert result == SendResult.final_failure("the address is not public")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_A", "whsec_…"])
def test_a_secret_that_cannot_sign_is_a_final_failure(secret: str) -> None:
    """Another attempt would not help."""
    channel = WebhookChannel(url="http://127.0.0.1:9/", secret=secret)
    result = channel.send(a_notification(), now=a_notification().created_at, settings=ANYWHERE)
    assert result == SendResult.final_failure("the secret cannot sign; give the channel a new one")


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    """A receiver with a trusted certificate for hooks.example."""
    context, authority = server_context("hooks.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    http_post.load_trusted_authorities.cache_clear()
    receiver = WebhookReceiver([204], tls=context)
    yield receiver
    receiver.close()
    http_post.load_trusted_authorities.cache_clear()


def test_the_certificate_must_match_the_name(secured: WebhookReceiver) -> None:
    """The connection goes to the checked address, with a certificate for the URL's host."""
    result = send(
        secured.port, host="hooks.example", scheme="https", settings=LOOPBACK, lookup=lambda *_: ["127.0.0.1"]
    )
    assert result == SendResult(delivered=True)


def test_a_certificate_of_another_host_is_rejected(secured: WebhookReceiver) -> None:
    """A server without a certificate for the name gets no request."""
    result = send(
        secured.port, host="other.example", scheme="https", settings=LOOPBACK, lookup=lambda *_: ["127.0.0.1"]
    )
    assert (result.reason, secured.ids) == ("no answer: SSLCertVerificationError", [])
