"""A TLS proxy for a PostgreSQL server that listens on a Unix socket only."""

import socket
import ssl
import threading
from contextlib import suppress

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""The message SSLRequest (PostgreSQL's documentation, section 54.7): its length, and 80877103."""


class TlsFront:
    """Listens on loopback, answers SSLRequest, and forwards each encrypted connection to the server.

    ``encrypted_connections`` counts completed TLS handshakes.
    """

    def __init__(self, unix_sock: str, context: ssl.SSLContext) -> None:
        self.encrypted_connections = 0
        self._unix_sock = unix_sock
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.socket(socket.AF_UNIX) as server:
            assert client.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
            client.sendall(b"S")
            with self._context.wrap_socket(client, server_side=True) as secured:
                self.encrypted_connections += 1
                server.connect(self._unix_sock)
                answering = threading.Thread(target=_pump, args=(server, secured))
                answering.start()
                _pump(secured, server)
                answering.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
