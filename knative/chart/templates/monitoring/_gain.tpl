{{/* What a counter gained in a while, over all instances: {counter, by, over}.

An instance is gone in seconds, and the first value that is seen of it is often its last. increase() wants two of a series
and counts from the first; here a series that was not there before the while counts from zero. */}}
{{- define "todo.gain" -}}
sum by ({{ .by }}) (max_over_time({{ .counter }}[{{ .over }}]) - ({{ .counter }} offset {{ .over }} or 0 * max_over_time({{ .counter }}[{{ .over }}])))
{{- end -}}

{{- define "todo.monitoringLabels" -}}
{{ include "todo.labels" . }}
{{- with .Values.monitoring.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
