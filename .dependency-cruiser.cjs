/** The dependency rule of docs/architecture.md: a program imports runtime/ and proto/, never another program. */
const PROGRAM = '^(operator|services/[^/]+|lambda-bundles/[^/]+|hack/[^/]+)/';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'program-never-imports-program',
      comment: 'Programs meet through proto/ and Kafka. Move what both need to runtime/ or proto/.',
      severity: 'error',
      from: { path: PROGRAM },
      to: { path: PROGRAM, pathNot: '^$1/' },
    },
    {
      name: 'runtime-stands-alone',
      severity: 'error',
      from: { path: '^runtime/' },
      to: { path: '^(operator|services|lambda-bundles|hack|test)/' },
    },
    {
      name: 'proto-stands-alone',
      severity: 'error',
      from: { path: '^proto/' },
      to: { path: '^(operator|services|lambda-bundles|hack|test|runtime)/' },
    },
    {
      name: 'kube-below-domain',
      severity: 'error',
      from: { path: '^operator/(kube|external)/', pathNot: '[.]test[.]ts$' },
      to: { path: '^operator/(platform|eventsale|main)' },
    },
    {
      name: 'external-apart-from-kube',
      severity: 'error',
      from: { path: '^operator/kube/', pathNot: '[.]test[.]ts$' },
      to: { path: '^operator/external/' },
    },
    {
      name: 'platform-apart-from-eventsale',
      severity: 'error',
      from: { path: '^operator/(platform|eventsale)/' },
      to: { path: '^operator/(platform|eventsale)/', pathNot: '^operator/$1/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/|[.]test[.]ts$' },
      to: { path: '^test/|[.]test[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|dist|[.]cache)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
