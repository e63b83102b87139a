import { parseDuration } from './duration.ts';

/** Every problem of a program's environment at once, each naming the variable and the mend. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the environment is not complete:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface IntOptions {
  readonly default?: number;
  readonly min?: number;
  readonly max?: number;
}

/** Reads variables; an empty one counts as not set. Problems are kept until `parseEnv` throws them together. */
export interface EnvReader {
  /** Text that must be there. `mend` says where it comes from. */
  required(name: string, mend?: string): string;
  optional(name: string): string | undefined;
  string(name: string, fallback: string): string;
  int(name: string, options?: IntOptions): number;
  /** `true`, `false`, `1`, `0`. Required when there is no fallback. */
  bool(name: string, fallback?: boolean): boolean;
  /** Ms from `30s`, `15m`, `1h30m`; the fallback is written the same way. */
  duration(name: string, fallback?: string): number;
  /** Comma separated, blanks trimmed, empty parts dropped; must not end up empty unless there is a fallback. */
  list(name: string, fallback?: readonly string[]): readonly string[];
  oneOf<const T extends string>(name: string, allowed: readonly T[], fallback?: NoInfer<T>): T;
  url(name: string, fallback?: string): string;
  json(name: string, fallback?: unknown): unknown;
  /** Reports a problem of the program's own, for rules over several variables. */
  problem(text: string): void;
}

/**
 * `parseEnv(process.env, (env) => ({port: env.int('PORT', {default: 50054}), ...}))`: the frozen result, or one
 * ConfigError with all problems. Only main.ts (or config.ts called by it) passes process.env.
 */
export function parseEnv<T extends object>(source: Environment, read: (env: EnvReader) => T): Readonly<T> {
  const problems: string[] = [];
  const result = read(reader(source, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(result);
}

function reader(source: Environment, problems: string[]): EnvReader {
  const raw = (name: string): string | undefined => source[name]?.trim() || undefined;

  /** The parsed value, the fallback when not set, or a problem and a placeholder that nobody will see. */
  function read<T>(
    name: string,
    fallback: T | undefined,
    placeholder: T,
    expected: string,
    parse: (text: string) => T | undefined,
  ): T {
    const text = raw(name);
    if (text === undefined) {
      if (fallback === undefined) problems.push(`${name} is not set: set it to ${expected}`);
      return fallback ?? placeholder;
    }
    const value = parse(text);
    if (value === undefined) problems.push(`${name} is "${text}": set it to ${expected}`);
    return value ?? placeholder;
  }

  const self: EnvReader = {
    required: (name, mend = 'a text') => read(name, undefined, '', mend, (text) => text),
    optional: raw,
    string: (name, fallback) => raw(name) ?? fallback,
    int: (name, { default: fallback, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = {}) => {
      const bounds = [
        min > Number.MIN_SAFE_INTEGER ? `at least ${min}` : '',
        max < Number.MAX_SAFE_INTEGER ? `at most ${max}` : '',
      ].filter(Boolean);
      return read(name, fallback, 0, ['a whole number', ...bounds].join(', '), (text) => {
        const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
        return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
      });
    },
    bool: (name, fallback) => read(name, fallback, false, 'true or false', (text) => BOOLEANS[text.toLowerCase()]),
    duration: (name, fallback) => {
      const text = fallback === undefined ? undefined : parseDuration(fallback);
      return read(name, text, 0, 'a duration like 30s, 15m or 1h30m', parseDuration);
    },
    list: (name, fallback) =>
      read(name, fallback, [], 'a comma separated list', (text) => {
        const parts = text.split(',').map((part) => part.trim());
        const full = parts.filter((part) => part !== '');
        return full.length > 0 ? full : undefined;
      }),
    oneOf: (name, allowed, fallback) =>
      read(name, fallback, allowed[0] as (typeof allowed)[number], `one of ${allowed.join(', ')}`, (text) =>
        allowed.find((candidate) => candidate === text),
      ),
    url: (name, fallback) =>
      read(name, fallback, '', 'a URL like http://host:port', (text) => (URL.canParse(text) ? text : undefined)),
    json: (name, fallback) =>
      read<unknown>(name, fallback, null, 'JSON', (text) => {
        try {
          return JSON.parse(text);
        } catch {
          return undefined;
        }
      }),
    problem: (text) => void problems.push(text),
  };
  return self;
}

const BOOLEANS: Readonly<Record<string, boolean | undefined>> = { true: true, '1': true, false: false, '0': false };
