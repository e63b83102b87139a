/** Two replicas of the sample service, restricted as the real ones are, behind a node port and a headless Service. */
export const SAMPLE_NODE_PORT = 30333;

export const SAMPLE = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: sample}
spec:
  replicas: 2
  selector: {matchLabels: {app: sample}}
  template:
    metadata: {labels: {app: sample}}
    spec:
      terminationGracePeriodSeconds: 5
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: sample
          image: localhost/ticketbottle/sample:1.0.0
          securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          resources: {requests: {cpu: 10m, memory: 64Mi}, limits: {memory: 256Mi}}
          readinessProbe: {httpGet: {path: /readyz, port: 3000}, periodSeconds: 1}
          livenessProbe: {grpc: {port: 50050}}
---
apiVersion: v1
kind: Service
metadata: {name: sample}
spec: {type: NodePort, selector: {app: sample}, ports: [{port: 80, targetPort: 3000, nodePort: ${SAMPLE_NODE_PORT}}]}
---
apiVersion: v1
kind: Service
metadata: {name: sample-headless}
spec: {clusterIP: None, selector: {app: sample}, ports: [{port: 3000}]}
`;

/** One of each kind that the operator creates, accepted only by an API server that knows it; CEL has to refuse the last. */
export const KINDS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: doors.test.ticketbottle.io}
spec:
  group: test.ticketbottle.io
  scope: Namespaced
  names: {kind: Door, plural: doors}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {opens: {type: integer}, closes: {type: integer}}
              x-kubernetes-validations:
                - {rule: self.opens < self.closes, message: a door opens before it closes}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: sample}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sample}
  minReplicas: 2
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 90}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: sample}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: sample}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: sample}
spec: {podSelector: {matchLabels: {app: sample}}, policyTypes: [Ingress]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: test-no-secrets-named-bad}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [secrets]}]
  validations: [{expression: "object.metadata.name != 'bad'", message: no secret is named bad}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: test-no-secrets-named-bad}
spec: {policyName: test-no-secrets-named-bad, validationActions: [Deny]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: once
          image: localhost/ticketbottle/sample:1.0.0
          command: [node, -e, "require('node:dns').lookup('kubernetes.default', (error) => process.exit(error ? 1 : 0))"]
`;

/** A program for a pod of the sample: asks the API server with its account for the version, and for Secrets, which it may not read. */
export const ACCOUNT_PROBE = `
  const read = (name) => require('node:fs').readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/' + name, 'utf8');
  const get = (path) => new Promise((resolve) => require('node:https').get({
    host: process.env.KUBERNETES_SERVICE_HOST, port: 443, path, ca: read('ca.crt'),
    headers: {authorization: 'Bearer ' + read('token')}, agent: false,
  }, (response) => {
    response.resume();
    resolve(response.statusCode);
  }));
  (async () => console.log(await get('/version'), await get('/api/v1/namespaces/default/secrets')))();`;
