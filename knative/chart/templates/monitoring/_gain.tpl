{{/* The increase of a counter in a period, summed over all instances: {counter, by, over}.

An instance may live for seconds, so Prometheus often sees one value of it only. increase() needs two values and counts
from the first. This expression counts a series that did not exist before the period from zero. */}}
{{- define "todo.gain" -}}
sum by ({{ .by }}) (max_over_time({{ .counter }}[{{ .over }}]) - ({{ .counter }} offset {{ .over }} or 0 * max_over_time({{ .counter }}[{{ .over }}])))
{{- end -}}

{{- define "todo.monitoringLabels" -}}
{{ include "todo.labels" . }}
{{- with .Values.monitoring.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
