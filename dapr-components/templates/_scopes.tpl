{{/* The names of the functions that have something: {root, has: "state"}, as YAML. */}}
{{- define "dapr.having" -}}
{{- $has := .has -}}
{{- range (include "todo.list" .root | fromYaml).functions -}}
{{- if get . $has }}
- {{ .name }}
{{- end }}
{{- end }}
{{- end -}}

{{/* "true" where events go through Dapr. */}}
{{- define "dapr.bus" -}}
{{- if hasPrefix "dapr://" (.Values.global.eventBusUrl | default "") -}}true{{- end -}}
{{- end -}}

{{/* The topic in dapr://pubsub/topic. */}}
{{- define "dapr.topic" -}}
{{ last (splitList "/" .Values.global.eventBusUrl) }}
{{- end -}}
