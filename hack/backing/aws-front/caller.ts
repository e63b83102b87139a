/** For whom a request is: read from its signature, which nobody checks here. */
export interface Caller {
  readonly account: string;
  readonly region: string;
}

/** The account is the access key when that is twelve digits, as in ministack. */
export function callerOf(authorization: string | undefined): Caller {
  const [key = '', , region = ''] = /Credential=([^,\s]+)/.exec(authorization ?? '')?.[1]?.split('/') ?? [];
  return { account: /^[0-9]{12}$/.test(key) ? key : '000000000000', region: region === '' ? 'us-east-1' : region };
}
