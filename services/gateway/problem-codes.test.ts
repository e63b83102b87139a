import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROBLEM_CODES } from './problem-codes.ts';
import { STAFF_TEXTS } from './rendering/staff-texts.ts';
import { TEXTS } from './rendering/texts.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const STATUS: Readonly<Record<string, number>> = {
  ...{ invalidArgument: 400, unauthenticated: 401, permissionDenied: 403, notFound: 404, resourceExhausted: 429 },
  ...{ alreadyExists: 409, failedPrecondition: 409, aborted: 409, unavailable: 503, deadlineExceeded: 504 },
};
/** The services whose refusals come through to callers, and what they and the gateway stand on. */
const SOURCES = [
  'services/{gateway,user,event,order,waitroom}/**/*.ts',
  'runtime/{grpc-*,pg-errors,redis,tokens,money,timestamp}.ts',
];
/** Said to other programs only: no route of the gateway makes the call. */
const INWARD = new Set([
  ...['BAD_EVENT', 'INVALID_EVENT', 'INVALID_FILTER', 'INVALID_OUTCOME', 'INVALID_ROLE', 'TOO_MANY'],
  ...['NOT_A_REHEARSAL', 'WRONG_STATE', 'CURRENCY_MISMATCH', 'KEYS_UNAVAILABLE', 'RULE_VIOLATED', 'CALLER_NOT_ALLOWED'],
  // The gateway itself says who the organiser is, and makes the request's id.
  ...['INVALID_ORGANISER', 'INVALID_REQUEST_ID', 'INVALID_USER'],
]);

/** Pages do something about these instead of showing them. */
const HANDLED = new Set([
  ...['NOT_JOINED', 'NOT_ADMITTED_YET', 'CLAIM_EXPIRED', 'TOKEN_FOREIGN', 'TICKETS_NOT_READY', 'TOO_MANY_STREAMS'],
  // What it tells is which field; only the service knows.
  ...['INVALID_SALE', 'SALE_REFUSED'],
]);
/** No page can send what is refused so. */
const OF_PROGRAMS = new Set([
  ...['INVALID_JSON', 'INVALID_ID', 'INVALID_KEY', 'INVALID_LINES', 'INVALID_QUANTITY', 'INVALID_PAGE_TOKEN'],
  ...['INVALID_MONEY', 'INVALID_SCAN', 'INVALID_TIME', 'PROVIDER_NOT_ALLOWED', 'OWN_ROLE', 'REHEARSAL_ONLY'],
  ...['INVALID_REASON', 'ORDER_NOT_PAID'],
  ...['TOKEN_MISSING', 'TOKEN_NOT_YET_VALID', 'TOKEN_REUSED', 'NO_SUCH_ROUTE', 'USER_NOT_FOUND'],
  ...['IDEMPOTENCY_KEY_REUSED', 'ALREADY_EXISTS', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'OVERLOADED'],
]);

/** Every `notFound('WORD', ...)` of the sources, as status and word. */
function wordsSaid(): Map<string, string> {
  const said = new Map<string, string>();
  const make = new RegExp(`\\b(${Object.keys(STATUS).join('|')})\\(\\s*'([A-Z_]+)'`, 'g');
  for (const file of SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))) {
    if (/\.test\.ts$|\/testing\//.test(file)) continue;
    for (const [, name = '', word = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(make))
      said.set(`${STATUS[name]} ${word}`, file);
  }
  return said;
}

describe('codes of problems', () => {
  it('stand in the OpenAPI document, each that a service says, under its status', () => {
    const said = wordsSaid();
    assert.ok(said.size > 50, `only ${said.size} found: the pattern no longer fits how errors are made`);
    const missing = [...said].filter(([line]) => {
      const [status = '', word = ''] = line.split(' ');
      return !INWARD.has(word) && !PROBLEM_CODES[Number(status)]?.includes(word);
    });
    assert.deepEqual(missing, []);
  });

  it('have words in both languages where people can meet them', () => {
    const unsaid = Object.values(PROBLEM_CODES)
      .flat()
      .filter((code) => !(code in TEXTS.vi || code in STAFF_TEXTS.vi) && !HANDLED.has(code) && !OF_PROGRAMS.has(code));
    // From 500 on, pages say that the shop is busy.
    const broken = [500, 503, 504].flatMap((status) => PROBLEM_CODES[status] ?? []);
    assert.deepEqual(
      unsaid.filter((code) => !broken.includes(code)),
      [],
    );
  });

  it('mean one thing: each stands under one status', () => {
    const all = Object.values(PROBLEM_CODES).flat();
    assert.deepEqual(
      all.filter((code, i) => all.indexOf(code) !== i),
      [],
    );
  });
});
