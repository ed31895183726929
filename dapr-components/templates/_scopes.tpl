{{/* The names of the functions with a member such as "state", as YAML: {root, has}. */}}
{{- define "dapr.having" -}}
{{- $has := .has -}}
{{- range (include "todo.list" .root | fromYaml).functions -}}
{{- if get . $has }}
- {{ .name }}
{{- end }}
{{- end }}
{{- end -}}

{{/* "true" where functions publish through Dapr. */}}
{{- define "dapr.bus" -}}
{{- if hasPrefix "dapr://" (.Values.global.eventBusUrl | default "") -}}true{{- end -}}
{{- end -}}

{{/* The topic in dapr://pubsub/topic. */}}
{{- define "dapr.topic" -}}
{{ last (splitList "/" .Values.global.eventBusUrl) }}
{{- end -}}
