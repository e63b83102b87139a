/** What an Invoke request names. Qualifier is a version, an alias, `$LATEST` or nothing. */
export interface InvokeTarget {
  readonly functionName: string;
  readonly qualifier: string | undefined;
  /** Last segment of the path: which of the two ways of invoking. */
  readonly operation: string;
}

/** The parts of an alias that decide which version runs. */
export interface AliasRouting {
  readonly FunctionVersion: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: Readonly<Record<string, number>> } | undefined;
}

const INVOKE = /^\/(?:2015-03-31|2021-11-15)\/functions\/([^/]+)\/(invocations|response-streaming-invocations)\/?$/;

/** Reads the target of an Invoke; undefined for every other request. The name may be a name or an ARN, each with a qualifier. */
export function invokeTarget(method: string, url: URL): InvokeTarget | undefined {
  const match = method === 'POST' ? INVOKE.exec(url.pathname) : null;
  if (match === null) return undefined;
  // NAME, NAME:QUALIFIER, 123:function:NAME:QUALIFIER or a whole ARN.
  const [name = '', inName] =
    decodeURIComponent(match[1] ?? '')
      .split('function:')
      .at(-1)
      ?.split(':') ?? [];
  const qualifier = url.searchParams.get('Qualifier') ?? inName;
  return { functionName: name, qualifier, operation: match[2] ?? '' };
}

/** True when the qualifier can be an alias: versions are numbers. */
export function namesAlias(qualifier: string | undefined): qualifier is string {
  return qualifier !== undefined && qualifier !== '$LATEST' && !/^[0-9]+$/.test(qualifier);
}

/** The version that one invocation runs, given a number drawn from [0, 1). */
export function chooseVersion({ FunctionVersion, RoutingConfig }: AliasRouting, drawn: number): string {
  let upTo = 0;
  for (const [version, weight] of Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {})) {
    upTo += weight;
    if (drawn < upTo) return version;
  }
  return FunctionVersion;
}
