"""The settings of telemetry export, with OpenTelemetry's variable names. Without an endpoint there is no export."""

import re
from typing import Annotated, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

_PAIR = re.compile(r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([^\s]*)\s*")


class ExportSettings(BaseModel):
    """The supported OpenTelemetry variables. Each field is the environment variable of that name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    otel_exporter_otlp_endpoint: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s?#]+[^\s?#]*$")]
    otel_exporter_otlp_protocol: Literal["http/protobuf"] = "http/protobuf"
    otel_exporter_otlp_headers: SecretStr = SecretStr("")
    otel_exporter_otlp_timeout: Annotated[int, Field(ge=1, le=10_000)] = 2000
    """Milliseconds. OpenTelemetry's default of ten seconds is too long for an instance that is stopping."""
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
    def _check_headers(cls, value: SecretStr) -> SecretStr:
        _parse_pairs(value.get_secret_value())
        return value

    @field_validator("otel_resource_attributes")
    @classmethod
    def _check_resource_attributes(cls, value: str) -> str:
        _parse_pairs(value)
        return value

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every export request, such as an API key."""
        return _parse_pairs(self.otel_exporter_otlp_headers.get_secret_value())

    @property
    def resource_attributes(self) -> dict[str, str]:
        """The attributes that the operator adds to each instance's resource."""
        return _parse_pairs(self.otel_resource_attributes)


def _parse_pairs(text: str) -> dict[str, str]:
    """Return the pairs of a list such as ``name=value,other=a%20value``; raises ValueError."""
    pairs = {}
    for item in filter(str.strip, text.split(",")):
        match = _PAIR.fullmatch(item)
        value = unquote(match[2]) if match else ""
        if match is None or not all(" " <= character <= "~" for character in value):
            raise ValueError("must be like name=value,other=value, in ASCII, each value percent-encoded")
        pairs[match[1]] = value
    return pairs
