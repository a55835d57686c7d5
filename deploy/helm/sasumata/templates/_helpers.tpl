{{- define "sasumata.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "sasumata.labels" -}}
app.kubernetes.io/name: sasumata
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sasumata.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}
