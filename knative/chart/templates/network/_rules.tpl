{{/* Rules and peers from which the network policies are built. */}}

{{/* All pods of a namespace, by the label that Kubernetes sets. */}}
{{- define "todo.namespace" -}}
namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . }}}}
{{- end -}}

{{/* The pods of this release with a label: {root, label, value}. */}}
{{- define "todo.pods" -}}
podSelector: {matchLabels: {app.kubernetes.io/instance: {{ .root.Release.Name }}, {{ .label }}: {{ .value }}}}
{{- end -}}

{{- define "todo.ports" -}}
{{- $ports := list -}}
{{- range . }}{{ $ports = append $ports (dict "port" (int .)) }}{{ end -}}
{{ toJson $ports }}
{{- end -}}

{{/* queue-proxy's ports: HTTP/1, HTTP/2 and TLS. Port 8080 stays closed, so every request is counted. */}}
{{- define "todo.requestPorts" -}}
{{ include "todo.ports" (list 8012 8013 8112) }}
{{- end -}}

{{/* The port of host:port or of a URL; without one, the default port of the URL's scheme. */}}
{{- define "todo.portOf" -}}
{{ regexFind ":[0-9]+$" . | trimPrefix ":" | default (ternary "443" "80" (hasPrefix "https:" .)) }}
{{- end -}}

{{/* The cluster's DNS, and the DNS cache that some clusters have on each node. */}}
{{- define "todo.toDns" -}}
- to:
    - {{ include "todo.namespace" .Values.networkPolicies.dnsNamespace }}
    - ipBlock: {cidr: 169.254.20.10/32}
  ports: [{port: 53, protocol: UDP}, {port: 53}]
{{- end -}}

{{/* The database. For an external one, only the port is known. */}}
{{- define "todo.toDatabase" -}}
- ports: {{ include "todo.ports" (list .Values.database.port) }}
  {{- if .Values.postgresql.enabled }}
  to: [{ {{- include "todo.pods" (dict "root" . "label" "todo/store" "value" "postgresql") -}} }]
  {{- end }}
{{- end -}}

{{/* Redis. For an external one, only the port is known. */}}
{{- define "todo.toRedis" -}}
- ports: {{ include "todo.ports" (list (include "todo.portOf" (index .Values "dapr-components").statestore.host)) }}
  {{- if .Values.redis.enabled }}
  to: [{ {{- include "todo.pods" (dict "root" . "label" "todo/store" "value" "redis") -}} }]
  {{- end }}
{{- end -}}

{{/* The Broker's ingress. */}}
{{- define "todo.toBroker" -}}
- to:
    - {{ include "todo.namespace" .Values.networkPolicies.eventingNamespace }}
  ports: {{ include "todo.ports" (list 8080 8443) }}
{{- end -}}

{{/* Kafka, by its ports only. */}}
{{- define "todo.toKafka" -}}
{{- $ports := list -}}
{{- range splitList "," (index .Values "dapr-components").pubsub.brokers -}}
{{- $ports = append $ports (include "todo.portOf" (trim .)) -}}
{{- end -}}
- ports: {{ include "todo.ports" (uniq $ports) }}
{{- end -}}

{{/* Dapr's control plane: the operator (6500), sentry (50001), placement (50005) and the scheduler (50006). */}}
{{- define "todo.toDapr" -}}
- to:
    - {{ include "todo.namespace" .Values.networkPolicies.daprNamespace }}
  ports: {{ include "todo.ports" (list 6500 50001 50005 50006) }}
{{- end -}}

{{/* The API server, by its ports only. */}}
{{- define "todo.toApiServer" -}}
- ports: {{ include "todo.ports" .Values.networkPolicies.apiServerPorts }}
{{- end -}}

{{/* The gateway's cluster-local listener, which routes to every function by its host name. */}}
{{- define "todo.toGateway" -}}
- to:
    - {{ include "todo.namespace" .Values.networkPolicies.gatewayNamespace }}
  ports: {{ include "todo.ports" .Values.networkPolicies.gatewayPorts }}
{{- end -}}

{{/* The internet, and the private networks that the operator lists. A network policy cannot allow a host name. */}}
{{- define "todo.toInternet" -}}
- to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16, 127.0.0.0/8]
    - ipBlock:
        cidr: "::/0"
        except: ["fc00::/7", "fe80::/10", "::1/128"]
    {{- range .Values.webhooksMayReach }}
    {{- if contains "/" . }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "todo.toTelemetry" -}}
- ports: {{ include "todo.ports" (list (include "todo.portOf" (trimSuffix "/" .Values.global.telemetry.otlpEndpoint))) }}
{{- end -}}
