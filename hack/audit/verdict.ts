interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
}

const GRAVE = ['high', 'critical'];

/** What `npm audit --json` said, for people, and whether a build should stop for it. */
export function verdictOf(stdout: string, stderr: string): { readonly text: string; readonly failed: boolean } {
  let report: Report;
  try {
    report = JSON.parse(stdout) as Report;
  } catch {
    report = { message: stderr.trim().split('\n')[0] ?? '' };
  }
  const counts = report.metadata?.vulnerabilities;
  if (counts === undefined) {
    return { text: `not audited: the registry gave no answer (${report.message ?? 'nothing said'})`, failed: false };
  }
  const grave = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) => GRAVE.includes(severity));
  const sum = Object.entries(counts)
    .filter(([kind, count]) => kind !== 'total' && count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
  const lines = grave.map(([name, { severity, range }]) => `  ${severity}: ${name} ${range}`);
  return {
    text: [sum === '' ? 'no known weakness' : `known weaknesses: ${sum}`, ...lines].join('\n'),
    failed: grave.length > 0,
  };
}
