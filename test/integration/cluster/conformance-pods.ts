/** Pods that each show one thing a node has to do, for both kinds of node; only `node` is there to run. */
const IMAGE = 'localhost/ticketbottle/sample:1.0.0';

const pod = (name: string, spec: object, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name, ...labels }, annotations: { note: 'from the test' } },
  spec: { terminationGracePeriodSeconds: 5, ...spec },
});

const node = (program: string, more: object = {}) => ({
  name: 'main',
  image: IMAGE,
  imagePullPolicy: 'Never',
  command: ['node', '-e', program],
  ...more,
});

/** Everything a pod can be told and given, printed as one line of JSON. */
export const TOLD = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'told' },
    data: { colour: 'green', 'file.txt': 'from a map' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'told' }, stringData: { word: 'sesame' } },
  pod('told', {
    restartPolicy: 'Never',
    serviceAccountName: 'default',
    volumes: [
      { name: 'map', configMap: { name: 'told', items: [{ key: 'file.txt', path: 'deep/file.txt' }] } },
      { name: 'secret', secret: { secretName: 'told' } },
      { name: 'empty', emptyDir: {} },
      { name: 'about', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      {
        name: 'token',
        projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'test', expirationSeconds: 3600 } }] },
      },
    ],
    initContainers: [
      node(`require('node:fs').writeFileSync('/work/first', 'init was here')`, {
        name: 'first',
        volumeMounts: [{ name: 'empty', mountPath: '/work' }],
      }),
    ],
    containers: [
      node(
        `const fs = require('node:fs');
         const read = (path) => fs.readFileSync(path, 'utf8');
         const token = JSON.parse(Buffer.from(read('/token/token').split('.')[1], 'base64url'));
         const {NAME, PLAIN, COLOUR, WORD, BOTH, LIMIT, IP, LABEL, T_colour} = process.env;
         console.log(JSON.stringify({NAME, PLAIN, COLOUR, WORD, BOTH, LIMIT, LABEL, T_colour,
           ip: IP.split('.').length, host: require('node:os').hostname(),
           map: read('/map/deep/file.txt'), secret: read('/secret/word'), first: read('/work/first'),
           labels: read('/about/labels').includes('app="told"'), audience: token.aud[0], subject: token.sub,
           args: process.argv.slice(1)}));`,
        {
          args: ['$(PLAIN)', '$$(PLAIN)'],
          env: [
            { name: 'PLAIN', value: 'plain' },
            { name: 'BOTH', value: '$(PLAIN) and $(PLAIN)' },
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: `metadata.labels['app']` } } },
            { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'told', key: 'colour' } } },
            { name: 'WORD', valueFrom: { secretKeyRef: { name: 'told', key: 'word' } } },
            { name: 'MISSING', valueFrom: { configMapKeyRef: { name: 'told', key: 'no', optional: true } } },
            { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          ],
          envFrom: [{ prefix: 'T_', configMapRef: { name: 'told' } }],
          resources: { limits: { memory: '300Mi' } },
          volumeMounts: [
            { name: 'map', mountPath: '/map' },
            { name: 'secret', mountPath: '/secret' },
            { name: 'empty', mountPath: '/work' },
            { name: 'about', mountPath: '/about' },
            { name: 'token', mountPath: '/token' },
          ],
        },
      ),
    ],
  }),
];

/** Ends with an error each time, so it is restarted with growing pauses. */
export const CRASHING = pod('crashing', { containers: [node(`console.log('falling'); process.exit(7)`)] });

/** Waits for a ConfigMap that nobody has made. */
export const WAITING = pod('waiting', {
  containers: [node('setInterval(() => {}, 1000)', { envFrom: [{ configMapRef: { name: 'made-later' } }] })],
});

/** Serves, is found ill by its liveness probe after a while, and is healthy again after the restart. */
export const ILL = pod('ill', {
  containers: [
    node(
      `const since = Date.now();
       require('node:http').createServer((_, response) => {
         response.statusCode = Date.now() - since > 3000 ? 500 : 200;
         response.end();
       }).listen(3000);`,
      {
        startupProbe: { tcpSocket: { port: 3000 }, periodSeconds: 1, failureThreshold: 30 },
        livenessProbe: { httpGet: { path: '/', port: 3000 }, periodSeconds: 1, failureThreshold: 2 },
      },
    ),
  ],
});

/** Not ready until a file is there; its probe is a command. */
export const SLOW = pod('slow', {
  volumes: [{ name: 'work', emptyDir: {} }],
  containers: [
    node('setInterval(() => {}, 1000)', {
      volumeMounts: [{ name: 'work', mountPath: '/work' }],
      readinessProbe: {
        exec: { command: ['node', '-e', `require('node:fs').statSync('/work/ready')`] },
        periodSeconds: 1,
        timeoutSeconds: 5,
      },
    }),
  ],
});

/** Says what happens to it at its end: the hook comes first, then the signal, and it takes its time. */
export const LEAVING = pod('leaving', {
  terminationGracePeriodSeconds: 20,
  containers: [
    node(
      `process.on('SIGTERM', () => {
         console.log('told to stop after ' + (Date.now() - since) + ' ms');
         setTimeout(() => process.exit(0), 500);
       });
       let since = 0;
       require('node:http').createServer((_, response) => { since = Date.now(); response.end(); }).listen(3000);
       console.log('here');`,
      { lifecycle: { preStop: { sleep: { seconds: 2 } } } },
    ),
  ],
});

/** Three tries, all in vain. */
export const FAILING_JOB = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'failing' },
  spec: {
    backoffLimit: 0,
    template: { spec: { restartPolicy: 'Never', containers: [node('process.exit(3)')] } },
  },
};

export const PROGRAM_MISSING = pod('program-missing', {
  restartPolicy: 'Never',
  containers: [{ name: 'main', image: IMAGE, imagePullPolicy: 'Never', command: ['no-such-program'] }],
});
