"""Where traces and metrics are sent, in OpenTelemetry's own variables. Without an endpoint nothing is, nor imported."""

import re
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

_PAIR = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([^\s]*)\s*")


class ExportSettings(BaseModel):
    """OpenTelemetry's settings, as far as they are read here. Each field is the variable of that name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    otel_exporter_otlp_endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s?#]+[^\s?#]*$")]
    otel_exporter_otlp_protocol: Literal["http/protobuf"] = "http/protobuf"
    otel_exporter_otlp_headers: SecretStr = SecretStr("")
    otel_exporter_otlp_timeout: Annotated[int, Field(ge=1, le=10_000)] = 2000
    """Milliseconds. OpenTelemetry's default is ten seconds, which an instance that was told to stop has not."""
    otel_traces_sampler: Literal[
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ] = "parentbased_always_on"
    otel_traces_sampler_arg: Annotated[float, Field(ge=0, le=1)] = 1.0
    otel_metrics_exporter: Literal["otlp", "none"] = "otlp"
    otel_metric_export_interval: Annotated[int, Field(ge=1000)] = 60_000
    otel_resource_attributes: str = ""

    @field_validator("otel_exporter_otlp_headers")
    @classmethod
    def _holds_headers(cls, value: SecretStr) -> SecretStr:
        _pairs(value.get_secret_value())
        return value

    @field_validator("otel_resource_attributes")
    @classmethod
    def _holds_attributes(cls, value: str) -> str:
        _pairs(value)
        return value

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every export, such as a key."""
        return _pairs(self.otel_exporter_otlp_headers.get_secret_value())

    @property
    def resource(self) -> dict[str, str]:
        """What is said of this instance beside its name."""
        return _pairs(self.otel_resource_attributes)


def _pairs(text: str) -> dict[str, str]:
    """Return the pairs of a list like W3C Baggage's, whose values are percent-encoded."""
    found = {}
    for pair in filter(str.strip, text.split(",")):
        parts = _PAIR.fullmatch(pair)
        value = unquote(parts[2]) if parts else ""
        if parts is None or not all(" " <= character <= "~" for character in value):
            raise ValueError("must be like name=value,other=value, in ASCII, each value percent-encoded")
        found[parts[1]] = value
    return found
