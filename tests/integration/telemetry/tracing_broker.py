"""A broker between several functions, played by the test, that adds its own spans to each trace."""

from collections.abc import Iterator

from events.encoding import decode_event
from functions.chassis.telemetry.trace_context import continue_trace
from tests.broker import RecordingBroker
from tests.collector import ReceivedSpan, RecordingCollector
from tests.functions import FunctionUnderTest, Load


class TracingBroker:
    """Loads functions that export to one collector, and delivers their events as a broker that traces does.

    The request of each delivery names a span of the broker, which is below the publisher's span.
    """

    def __init__(self, function: Load, broker: RecordingBroker, collector: RecordingCollector) -> None:
        self._function = function
        self.broker = broker
        self.collector = collector
        self.functions: list[FunctionUnderTest] = []
        self.hops: dict[str, str] = {}
        """The id of the parent of each of the broker's own spans, by the span's id."""
        self._delivered_ids: set[str] = set()

    def load(self, name: str, **settings: str) -> FunctionUnderTest:
        """Load a function that exports to the collector; ``settings`` are further environment variables."""
        export = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url}
        self.functions.append(self._function(name, **{**export, **settings}))
        return self.functions[-1]

    def deliver_new(self, event_type: str, *subscribers: FunctionUnderTest) -> int:
        """Deliver the events of a type that were not delivered yet, and return their number."""
        count = 0
        for headers, body in self._take_new(event_type):
            publisher_span = headers.get("traceparent", "")
            hop = continue_trace(publisher_span)
            self.hops[hop[36:52]] = publisher_span[36:52]
            event_headers = {
                name: value for name, value in headers.items() if name.lower().startswith(("ce-", "content-type"))
            }
            for subscriber in subscribers:
                response = subscriber.client.post("/", data=body, headers={**event_headers, "traceparent": hop})
                assert response.status_code == 202
            count += 1
        return count

    def close_and_read_spans(self) -> list[ReceivedSpan]:
        """Let every function export its last spans, and return all of them."""
        for function in self.functions:
            function.instance.publisher.wait()
            function.instance.tracer.close()
        return self.collector.spans

    def _take_new(self, event_type: str) -> Iterator[tuple[dict[str, str], bytes]]:
        for function in self.functions:
            function.instance.publisher.wait()
        for headers, body in self.broker.received:
            event = decode_event(headers, body)
            if event.attributes.type == event_type and event.attributes.id not in self._delivered_ids:
                self._delivered_ids.add(event.attributes.id)
                yield headers, body


def path_to(span: ReceivedSpan, spans: list[ReceivedSpan], hops: dict[str, str]) -> list[str]:
    """Return the names of the spans from the trace's first down to this one; ``…`` stands for a hop."""
    by_id = {other.span_id: other for other in spans}
    names, span_id = [span.name], span.parent_id
    while span_id:
        if span_id in hops:
            names.append("…")
            span_id = hops[span_id]
        else:
            names.append(by_id[span_id].name)
            span_id = by_id[span_id].parent_id
    return names[::-1]
