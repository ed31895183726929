"""The Secrets of one namespace, over the Kubernetes API: no more of it than reading, making and adding to them."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its service account: the token, the namespace and the API server's certificate."""

_NOT_FOUND = 404
_SECONDS = 10.0


class KubernetesError(Exception):
    """The API server did not do as asked; the message says what it was asked and what it answered."""


@dataclass(frozen=True)
class KubernetesSecrets:
    """A namespace's Secrets. ``url`` is the API server's."""

    url: str
    namespace: str
    token: str
    certificates: str | None = None

    @classmethod
    def of_this_pod(cls, host: str, port: str, account: Path = ACCOUNT) -> "KubernetesSecrets":
        """Return the Secrets that this pod's service account may handle; raises :class:`KubernetesError`."""
        try:
            token, namespace = ((account / name).read_text(encoding="ascii").strip() for name in ("token", "namespace"))
        except OSError as error:
            raise KubernetesError(f"this is no pod with a service account: {error}") from None
        return cls(f"https://{host}:{port}", namespace, token, str(account / "ca.crt"))

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values by key; None where there is no such Secret."""
        found = self._ask("GET", f"/{name}")
        if found is None:
            return None
        return {key: b64decode(value).decode() for key, value in (found.get("data") or {}).items()}

    def make(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Make a Secret that is not there yet."""
        self._ask(
            "POST",
            body={
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "labels": dict(labels)},
                "data": _encoded(values),
            },
        )

    def add(self, name: str, values: Mapping[str, str]) -> None:
        """Set these keys of a Secret and leave its others as they are (RFC 7396)."""
        self._ask("PATCH", f"/{name}", body={"data": _encoded(values)}, content_type="application/merge-patch+json")

    def _ask(self, method: str, path: str = "", *, body: object = None, content_type: str = "application/json") -> Any:  # noqa: ANN401 - the API's JSON
        url = f"{self.url}/api/v1/namespaces/{self.namespace}/secrets{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "Content-Type": content_type}
        http = urllib3.PoolManager(ca_certs=self.certificates, retries=urllib3.Retry(5, backoff_factor=0.5))
        try:
            answer = http.request(
                method, url, headers=headers, body=None if body is None else json.dumps(body), timeout=_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(f"{method} secrets{path}: {type(error).__name__}") from None
        if method == "GET" and answer.status == _NOT_FOUND:
            return None
        if answer.status >= 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise KubernetesError(f"{method} secrets{path}: the API server answered {answer.status}")
        return json.loads(answer.data)


def _encoded(values: Mapping[str, str]) -> dict[str, str]:
    return {key: b64encode(value.encode()).decode() for key, value in values.items()}
