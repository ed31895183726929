"""Read, create and update the Secrets of one namespace through the Kubernetes API."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""The folder in a pod with the service account's token and namespace and the API server's certificate."""

_NOT_FOUND = 404
_TIMEOUT_SECONDS = 10.0


class KubernetesError(Exception):
    """The API server did not answer, or rejected a request. The message names the request and the status."""


@dataclass(frozen=True)
class KubernetesSecrets:
    """The Secrets of a namespace. ``url`` is the API server's; ``certificates`` is the path of its CA certificate."""

    url: str
    namespace: str
    token: str
    certificates: str | None = None

    @classmethod
    def from_service_account(cls, host: str, port: str, account: Path = SERVICE_ACCOUNT) -> "KubernetesSecrets":
        """Return the Secrets of this pod's namespace; raises :class:`KubernetesError` outside of a pod."""
        try:
            token, namespace = ((account / name).read_text(encoding="ascii").strip() for name in ("token", "namespace"))
        except OSError as error:
            raise KubernetesError(f"the pod has no service account: {error}") from None
        return cls(f"https://{host}:{port}", namespace, token, str(account / "ca.crt"))

    def read(self, name: str) -> dict[str, str] | None:
        """Return a Secret's values by key, or None if the Secret does not exist."""
        secret = self._request("GET", f"/{name}")
        if secret is None:
            return None
        return {key: b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}

    def create(self, name: str, values: Mapping[str, str], labels: Mapping[str, str]) -> None:
        """Create a Secret; raises :class:`KubernetesError` if it exists already."""
        self._request(
            "POST",
            body={
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "labels": dict(labels)},
                "data": _encode(values),
            },
        )

    def update(self, name: str, values: Mapping[str, str]) -> None:
        """Set some keys of a Secret; its other keys stay unchanged (RFC 7396)."""
        self._request("PATCH", f"/{name}", body={"data": _encode(values)}, content_type="application/merge-patch+json")

    def _request(
        self, method: str, path: str = "", *, body: object = None, content_type: str = "application/json"
    ) -> Any:  # noqa: ANN401 - the API's JSON
        url = f"{self.url}/api/v1/namespaces/{self.namespace}/secrets{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "Content-Type": content_type}
        http = urllib3.PoolManager(ca_certs=self.certificates, retries=urllib3.Retry(5, backoff_factor=0.5))
        try:
            response = http.request(
                method, url, headers=headers, body=None if body is None else json.dumps(body), timeout=_TIMEOUT_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(f"{method} secrets{path}: {type(error).__name__}") from None
        if method == "GET" and response.status == _NOT_FOUND:
            return None
        if response.status >= 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            raise KubernetesError(f"{method} secrets{path}: the API server answered {response.status}")
        return json.loads(response.data)


def _encode(values: Mapping[str, str]) -> dict[str, str]:
    return {key: b64encode(value.encode()).decode() for key, value in values.items()}
