import { parseDuration } from '#runtime/duration.ts';
import { type Schema, structuralProblems } from './structural.ts';

/**
 * One rule of a kind, twice: as CEL for the API server and as a predicate for the reconciler. A test holds this list and the
 * `x-kubernetes-validations` of the CRD together, word for word; another lets both judge the same objects.
 */
export interface Rule {
  /** Where `self` stands: `*` is every property of an object, `[]` every item of a list. */
  readonly at: string;
  /** The field below `self` that has to be mended, when it is not `self` itself. */
  readonly field: string | undefined;
  readonly cel: string;
  readonly holds: (self: never) => boolean;
  /** What is wrong; then the mend. The field is named by whoever shows it. */
  readonly message: string;
}

/** A rule in both forms. */
export function rule<T>(
  at: string,
  field: string | undefined,
  [cel, holds]: readonly [cel: string, holds: (self: T) => boolean],
  message: string,
): Rule {
  return { at, field, cel, holds, message };
}

/** A field that means something only where another one is set beside it. */
export function onlyWith(at: string, field: string, needed: string, message: string): Rule {
  const holds = (self: Readonly<Record<string, unknown>>) => self[needed] !== undefined || self[field] === undefined;
  return rule(at, field, [`has(self.${needed}) || !has(self.${field})`, holds], message);
}

/** A text that must match. The pattern must mean the same to RE2 and to JavaScript: no look-around, no \s, no \w. */
export function shape(at: string, pattern: string, message: string): Rule {
  const expression = new RegExp(pattern);
  return rule(
    at,
    undefined,
    [`self.matches('${pattern.replaceAll('\\', '\\\\')}')`, (self: string) => expression.test(self)],
    message,
  );
}

const DURATION = '^(([0-9]{1,9}(ms|s))|([0-9]{1,6}(m|h)))+$';

/** A duration within limits, both included. `orElse` is a word that stands for another way to say it. */
export function duration(at: string, min: string, max: string, orElse?: string): Rule {
  const within = (self: string) => {
    const ms = new RegExp(DURATION).test(self) ? parseDuration(self) : undefined;
    return ms !== undefined && ms >= (parseDuration(min) ?? 0) && ms <= (parseDuration(max) ?? 0);
  };
  const cel = `self.matches('${DURATION}') && duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`;
  const message = `is not a duration from ${min} to ${max}${orElse === undefined ? '' : ` or ${orElse}`}; write it like 30s, 15m or 1h30m`;
  return orElse === undefined
    ? rule(at, undefined, [cel, within], message)
    : rule(
        at,
        undefined,
        [`self == '${orElse}' || (${cel})`, (self: string) => self === orElse || within(self)],
        message,
      );
}

/** What an object has against schema and rules: `field: what is wrong; the mend`. Empty when it is sound. */
export function problemsWith(
  schema: Schema,
  rules: readonly Rule[],
  object: { readonly metadata: { readonly name: string }; readonly spec: unknown },
): string[] {
  const structural = structuralProblems(schema, object.spec, 'spec');
  // Rules may rely on a sound structure, as those of the API server do.
  if (structural.length > 0) return structural;
  return rules.flatMap(({ at, field, holds, message }) =>
    placesAt(object, at === '' ? [] : at.split('.'), '')
      .filter(({ self }) => !(holds as (self: unknown) => boolean)(self))
      .map(({ path }) => [[path, field].filter(Boolean).join('.'), message].filter(Boolean).join(': ')),
  );
}

interface Place {
  readonly path: string;
  readonly self: unknown;
}

/** Every value that a rule's path leads to; absent fields lead nowhere. */
function placesAt(value: unknown, [step, ...rest]: readonly string[], path: string): Place[] {
  if (value === undefined || value === null) return [];
  if (step === undefined) return [{ path, self: value }];
  const below = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (step === '*') return Object.entries(value).flatMap(([name, member]) => placesAt(member, rest, below(name)));
  if (step.endsWith('[]')) {
    const list = (value as Record<string, unknown>)[step.slice(0, -2)];
    return Array.isArray(list)
      ? list.flatMap((item, index) => placesAt(item, rest, `${below(step.slice(0, -2))}[${index}]`))
      : [];
  }
  return placesAt((value as Record<string, unknown>)[step], rest, below(step));
}
