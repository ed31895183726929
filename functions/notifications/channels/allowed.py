"""What users' channels may lead to, as far as the operator says."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.notifications.channels.apprise_url import HOSTED, listed_schemes
from functions.notifications.channels.binding import listed_bindings
from functions.notifications.channels.reach import ANYWHERE, Reach, listed_reach


@dataclass(frozen=True, slots=True)
class Allowed:
    """Where webhooks may lead, and which of Dapr's bindings and of Apprise's schemes may be named."""

    reach: Reach
    bindings: frozenset[str] = frozenset()
    schemes: frozenset[str] = HOSTED

    def in_development(self) -> "Allowed":
        """Return the same with webhooks to anywhere, this machine as well."""
        return replace(self, reach=ANYWHERE)


def allowed_by(environ: Mapping[str, str]) -> Allowed:
    """Read it from the environment; raises SettingsError where that is not fit to start with."""
    return Allowed(reach=listed_reach(environ), bindings=listed_bindings(environ), schemes=listed_schemes(environ))
