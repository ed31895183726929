"""Several functions whose spans go to one collector, and the test as the broker between them, with spans of its own."""

from collections.abc import Iterator

from events.encoding import decode_event
from functions.chassis.telemetry.trace_context import continued
from tests.broker import RecordingBroker
from tests.collector import RecordingCollector, SeenSpan
from tests.functions import FunctionUnderTest, Load


class Brokered:
    """Hands on what functions say as a broker that traces does: below the publisher's span, in the ``traceparent``."""

    def __init__(self, function: Load, broker: RecordingBroker, collector: RecordingCollector) -> None:
        self._function = function
        self.broker = broker
        self.collector = collector
        self.functions: list[FunctionUnderTest] = []
        self.hops: dict[str, str] = {}
        """The broker's own spans: the parent of each."""
        self._known: set[str] = set()

    def load(self, name: str, **settings: str) -> FunctionUnderTest:
        """Load a function that is traced."""
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": self.collector.url}
        self.functions.append(self._function(name, **{**traced, **settings}))
        return self.functions[-1]

    def hand_on(self, event_type: str, *listeners: FunctionUnderTest) -> int:
        """Deliver the events of a type that nobody was handed yet; return how many that were."""
        count = 0
        for headers, body in self._new(event_type):
            came = headers.get("traceparent", "")
            hop = continued(came)
            self.hops[hop[36:52]] = came[36:52]
            carried = {
                name: value for name, value in headers.items() if name.lower().startswith(("ce-", "content-type"))
            }
            for listener in listeners:
                answer = listener.client.post("/", data=body, headers={**carried, "traceparent": hop})
                assert answer.status_code == 202
            count += 1
        return count

    def spans(self) -> list[SeenSpan]:
        """Return every span there was, when all have been sent."""
        for function in self.functions:
            function.instance.publisher.wait()
            function.instance.tracer.close()
        return self.collector.spans

    def _new(self, event_type: str) -> Iterator[tuple[dict[str, str], bytes]]:
        for function in self.functions:
            function.instance.publisher.wait()
        for headers, body in self.broker.received:
            event = decode_event(headers, body)
            if event.attributes.type == event_type and event.attributes.id not in self._known:
                self._known.add(event.attributes.id)
                yield headers, body


def path_to(span: SeenSpan, spans: list[SeenSpan], hops: dict[str, str]) -> list[str]:
    """Return the names from a trace's first span down to this one; a broker's own hops are ``…``."""
    by_id = {one.span_id: one for one in spans}
    names, at = [span.name], span.parent_id
    while at:
        if at in hops:
            names.append("…")
            at = hops[at]
        else:
            names.append(by_id[at].name)
            at = by_id[at].parent_id
    return names[::-1]
