{{- define "ticketbottle-operator.labels" -}}
app.kubernetes.io/name: operator
app.kubernetes.io/part-of: ticketbottle
{{- end }}

{{- define "ticketbottle-operator.release-labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ticketbottle-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "ticketbottle-operator.subject" -}}
- kind: ServiceAccount
  name: ticketbottle-operator
  namespace: {{ .Release.Namespace }}
{{- end }}
