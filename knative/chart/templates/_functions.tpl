{{/*
functions.yaml with the defaults, and the operator's scale, filled in. A function that wakes others reaches every function
with triggers.
*/}}
{{- define "todo.list" -}}
{{- $list := .Files.Get "functions.yaml" | fromYaml -}}
{{- $scale := .Values.scale | default dict -}}
{{- $functions := list -}}
{{- $subscribers := list -}}
{{- range $list.functions }}{{ if .triggers }}{{ $subscribers = append $subscribers .name }}{{ end }}{{ end -}}
{{- range $list.functions -}}
{{- $function := mergeOverwrite (deepCopy $list.defaults) . -}}
{{- if .wakes -}}{{- $_ := set $function "reaches" (concat (.reaches | default list) $subscribers | uniq) -}}{{- end -}}
{{- with get $scale .name -}}{{- $_ := set $function "scale" (mergeOverwrite $function.scale .) -}}{{- end -}}
{{- $functions = append $functions $function -}}
{{- end -}}
{{- toYaml (dict "broker" $list.broker "clocks" $list.clocks "functions" $functions) -}}
{{- end -}}

{{/* A Trigger's name is its function and its event: schedule-reminders-task-created, append-audit-audited. */}}
{{- define "todo.trigger" -}}
{{- $what := .trigger.type | default (keys .trigger | sortAlpha | join "-") | trimPrefix "todo." | kebabcase -}}
{{ .function }}-{{ $what }}
{{- end -}}

{{/* SUBSCRIPTIONS in JSON: the triggers, the events and the window of each function that has triggers. */}}
{{- define "todo.subscriptions" -}}
{{- $found := list -}}
{{- range .functions -}}
{{- if .triggers -}}
{{- $found = append $found (dict "function" .name "triggers" .triggers "publishes" (.publishes | default list) "window" .scale.window) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* "true" for a function that needs a Dapr sidecar. */}}
{{- define "todo.sidecar" -}}
{{- if or .function.secrets .function.state (hasPrefix "dapr://" .root.Values.global.eventBusUrl) -}}true{{- end -}}
{{- end -}}

{{- define "todo.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "todo.labels" -}}
app.kubernetes.io/name: todo
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: todo
{{- end -}}

{{- define "todo.brokerUrl" -}}
{{ .Values.broker.ingress }}/{{ .Release.Namespace }}/{{ (include "todo.list" . | fromYaml).broker.name }}
{{- end -}}

{{- define "todo.busUrl" -}}
{{ .Values.global.eventBusUrl | default (include "todo.brokerUrl" .) }}
{{- end -}}

{{- define "todo.servicesUrl" -}}
http://{service}.{{ .Release.Namespace }}.svc.cluster.local
{{- end -}}

{{/* The security context of every container, as the restricted Pod Security Standard requires. The image sets the user. */}}
{{- define "todo.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}
