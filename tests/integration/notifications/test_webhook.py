"""A webhook's exchange with receivers, good and bad."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from functions.notifications.channels import exchange
from functions.notifications.channels.deadline import Deadline
from functions.notifications.channels.outcome import Outcome
from functions.notifications.channels.reach import ANYWHERE, Lookup, Reach, listed_reach, look_up
from functions.notifications.channels.webhook import Webhook
from tests.integration.notifications.certificates import server_context
from tests.integration.notifications.raw_receiver import PATIENCE, Act, RawReceiver, read_request
from tests.integration.notifications.receiver import Receiver
from tests.samples import a_notification

SECRET = "whsec_" + "A" * 44
SHORT = 0.3
LOOPBACK = listed_reach({"WEBHOOKS_MAY_REACH": "127.0.0.0/8, ::1"})

Serve = Callable[[Act], RawReceiver]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start receivers that do what the test says."""
    started: list[RawReceiver] = []

    def start(act: Act) -> RawReceiver:
        started.append(RawReceiver(act))
        return started[-1]

    yield start
    for receiver in started:
        receiver.close()


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def send(
    port: int,
    *,
    host: str = "127.0.0.1",
    scheme: str = "http",
    deadline: Callable[[], Deadline] = Deadline,
    reach: Reach = ANYWHERE,
    lookup: Lookup = look_up,
) -> Outcome:
    """Post a notification to a port."""
    webhook = Webhook(f"{scheme}://{host}:{port}/", SECRET, reach=reach, deadline=deadline, lookup=lookup)
    return webhook.send(a_notification(), now=a_notification().created_at)


def idle(over: threading.Event) -> None:
    """Do nothing until the test is over."""
    over.wait(PATIENCE)


class TickingClock:
    """Moves on by a second whenever it is read, and says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ticked = threading.Semaphore(0)

    def __call__(self) -> float:
        """Return the next second."""
        self.now += 1
        self.ticked.release()
        return self.now


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n" + b"X-Slow: " + b"a" * 40, b"HTTP/1.1 200 " + b"a" * 60])
def test_a_receiver_that_drips_does_not_hold_it_up(serve: Serve, head: bytes) -> None:
    """One byte at a time, each soon after the other, and yet all of them end at the deadline."""
    clock = TickingClock()

    def drip(connected: socket.socket) -> None:
        read_request(connected)
        for number in range(len(head)):
            clock.ticked.acquire(timeout=0.2)  # a byte a second, by the clock that the deadline is read from
            connected.sendall(head[number : number + 1])
        connected.sendall(b"\r\n\r\n")

    outcome = send(serve(drip).port, deadline=lambda: Deadline(10, clock))
    assert outcome == Outcome(delivered=False, reason="no answer within 10 seconds", may_pass=True)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_receiver_that_says_nothing_is_left(serve: Serve, over: threading.Event, scheme: str) -> None:
    """It takes the connection, and neither an answer nor a TLS handshake comes."""
    silent = serve(lambda _: idle(over))
    outcome = send(silent.port, scheme=scheme, deadline=lambda: Deadline(SHORT))
    assert outcome == Outcome(delivered=False, reason="no answer within 0.3 seconds", may_pass=True)


def test_a_receiver_that_does_not_listen_is_left(serve: Serve, over: threading.Event) -> None:
    """More is sent than its buffers hold, and it takes none of it."""
    deaf = serve(lambda _: idle(over))
    peer = exchange.Peer(("127.0.0.1",), deaf.port, None)
    with pytest.raises(TimeoutError):
        exchange.post(peer, "/", headers={}, body=bytes(32_000_000), deadline=Deadline(SHORT))


def test_a_resolver_that_does_not_answer_is_left(over: threading.Event) -> None:
    """Looking up a name is part of the attempt, and so of its deadline."""

    def hang(_host: str, _port: int) -> list[str]:
        over.wait(PATIENCE)
        return ["127.0.0.1"]

    outcome = send(9, deadline=lambda: Deadline(SHORT), lookup=hang)
    assert outcome == Outcome(delivered=False, reason="the address cannot be resolved", may_pass=True)


def test_an_answer_without_end_is_not_read(serve: Serve) -> None:
    """Its status says all: the receiver is cut off in the middle of its body."""

    def pour(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        for _ in range(2000):
            connected.sendall(bytes(1_000_000))

    pouring = serve(pour)
    assert send(pouring.port) == Outcome(delivered=True)
    pouring.wait()
    assert pouring.cut_off


def test_a_head_without_end_is_not_read(serve: Serve) -> None:
    """More headers than any answer needs are no answer."""

    def pour(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"a" * 60_000 + b"\r\n") * 10 + b"\r\n")

    outcome = send(serve(pour).port)
    assert outcome == Outcome(delivered=False, reason="no answer: AnswerTooLongError", may_pass=True)


@pytest.mark.parametrize(
    "answer", [b"", b"\r\n\r\n", b"HTTP/1.1 99999 No\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/9"]
)
def test_what_is_no_answer_is_a_failure_that_may_pass(serve: Serve, answer: bytes) -> None:
    """Whatever comes back, the channel says what became of it and raises nothing."""

    def act(connected: socket.socket) -> None:
        read_request(connected)
        connected.sendall(answer)

    outcome = send(serve(act).port)
    assert (outcome.delivered, outcome.may_pass, (outcome.reason or "")[:9]) == (False, True, "no answer")


def test_what_was_checked_is_what_is_connected_to() -> None:
    """A name that leads somewhere else with every question is asked for once."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    receiver = Receiver()
    receiver.secret = SECRET
    receiver.answers = [204]
    outcome = send(receiver.port, host="hooks.example", reach=LOOPBACK, lookup=lambda *_: answers.pop(0))
    receiver.close()
    assert (outcome.delivered, len(answers), receiver.hosts) == (True, 1, [f"hooks.example:{receiver.port}"])


def test_an_address_that_does_not_answer_leaves_the_next_its_time() -> None:
    """A host is reached by whichever of its addresses takes the connection."""
    receiver = Receiver([204])
    outcome = send(receiver.port, host="hooks.example", reach=LOOPBACK, lookup=lambda *_: ["::1", "127.0.0.1"])
    receiver.close()
    assert outcome == Outcome(delivered=True)


def test_a_host_that_is_out_of_reach_is_not_connected_to(serve: Serve) -> None:
    """Its name is public, and what it resolves to is not."""
    receiver = serve(lambda _: None)
    outcome = send(receiver.port, host="hooks.example", scheme="https", reach=Reach(), lookup=lambda *_: ["127.0.0.1"])
    assert outcome == Outcome(delivered=False, reason="the address is not public")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_A", "whsec_…"])
def test_what_cannot_sign_is_final(secret: str) -> None:
    """No other try would do better."""
    webhook = Webhook("http://127.0.0.1:9/", secret, reach=ANYWHERE)
    outcome = webhook.send(a_notification(), now=a_notification().created_at)
    assert outcome == Outcome(delivered=False, reason="the secret cannot sign; give the channel a new one")


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver with a certificate for hooks.example, whose authority is trusted."""
    context, authority = server_context("hooks.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    exchange.trusted.cache_clear()
    receiver = Receiver([204], tls=context)
    yield receiver
    receiver.close()
    exchange.trusted.cache_clear()


def test_tls_is_with_the_named_host(secured: Receiver) -> None:
    """The connection goes to the checked address, and the certificate must be the name's."""
    outcome = send(secured.port, host="hooks.example", scheme="https", reach=LOOPBACK, lookup=lambda *_: ["127.0.0.1"])
    assert outcome == Outcome(delivered=True)


def test_a_certificate_of_another_host_is_no_answer(secured: Receiver) -> None:
    """Nothing is posted to whoever cannot prove the name."""
    outcome = send(secured.port, host="other.example", scheme="https", reach=LOOPBACK, lookup=lambda *_: ["127.0.0.1"])
    assert (outcome.reason, secured.ids) == ("no answer: SSLCertVerificationError", [])
