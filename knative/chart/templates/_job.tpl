{{/* The pod of a job: {root, account, token, command, env}. */}}
{{- define "todo.jobPod" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: {{ .token }}
enableServiceLinks: false
restartPolicy: Never
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
containers:
  - name: job
    image: {{ include "todo.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: {{ toJson .command }}
    env: {{- .env | nindent 6 }}
    resources: {requests: {cpu: 50m, memory: 64Mi}}
    securityContext: {{- include "todo.containerSecurity" .root | nindent 6 }}
    volumeMounts: [{name: tmp, mountPath: /tmp}]
volumes:
  - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 16Mi}}
{{- end -}}
