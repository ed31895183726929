{{/* OpenTelemetry's environment variables; none without an endpoint. */}}
{{- define "todo.telemetry" -}}
{{- with .Values.global.telemetry }}
{{- if .otlpEndpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .otlpEndpoint | quote }}}
- {name: OTEL_TRACES_SAMPLER, value: parentbased_traceidratio}
- {name: OTEL_TRACES_SAMPLER_ARG, value: {{ .sampling | quote }}}
- {name: OTEL_METRIC_EXPORT_INTERVAL, value: {{ printf "%s000" (trimSuffix "s" .metricsInterval) | quote }}}
{{- end }}
{{- end }}
{{- end -}}

{{/* With Kafka, the sidecar of forward-pubsub fetches the events. At zero instances it could not, so one always runs. */}}
{{- define "todo.minScale" -}}
{{- if and (eq .function.name "forward-pubsub") (hasPrefix "dapr://" .root.Values.global.eventBusUrl) -}}
{{ max 1 .function.scale.min }}
{{- else -}}
{{ .function.scale.min }}
{{- end -}}
{{- end -}}
