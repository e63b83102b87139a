import assert from 'node:assert/strict';
import { diffDatabases, type ObservedDatabase } from './postgres.ts';
import { scramVerifier } from './scram-verifier.ts';

const desired = { database: 'ticketbottle_user', role: 'tb_user', password: 'hunter2' };
const good: ObservedDatabase = {
  role: 'ok',
  memberOf: [],
  exists: true,
  owner: 'tb_user',
  openToPublic: false,
  otherGrantees: [],
  powers: [],
  limited: undefined,
  missingRights: [],
  ownsSchema: true,
  passwordWorks: true,
};
const diff = (more: Partial<ObservedDatabase>) =>
  diffDatabases([desired], new Map([[desired.database, { ...good, ...more }]]));

describe('diff of databases', () => {
  it('is empty when role, owner, password and rights are as wanted', () => {
    assert.deepEqual(diff({}), []);
  });

  it('makes the role before the database that it owns, and closes the database in the same go', () => {
    const kinds = diffDatabases([desired], new Map()).map(({ step }) => step.kind);
    assert.deepEqual(kinds, ['create-role', 'create-database', 'close']);
  });

  it('mends each difference by its own step', () => {
    const kinds = (more: Partial<ObservedDatabase>) => diff(more).map(({ step }) => step.kind);
    assert.deepEqual(kinds({ passwordWorks: false }), ['set-password']);
    assert.deepEqual(kinds({ role: 'cannot-log-in', passwordWorks: undefined }), ['set-password']);
    assert.deepEqual(kinds({ powers: ['SUPERUSER'] }), ['take-powers']);
    assert.deepEqual(kinds({ limited: 'may have only 0 connections' }), ['lift-limits']);
    assert.deepEqual(kinds({ missingRights: ['CONNECT'] }), ['grant-own']);
    assert.deepEqual(kinds({ ownsSchema: false }), ['grant-schema']);
    assert.deepEqual(kinds({ owner: 'postgres' }), ['set-owner']);
    assert.deepEqual(kinds({ openToPublic: true }), ['close']);
    assert.deepEqual(kinds({ memberOf: ['tb_payment'] }), ['leave-role']);
    assert.deepEqual(kinds({ otherGrantees: ['tb_payment'] }), ['revoke-from']);
  });

  it('puts no password into what people read', () => {
    for (const changes of [diff({ passwordWorks: false }), diffDatabases([desired], new Map())]) {
      const shown = changes.map(({ target, action, reason }) => `${target} ${action} ${reason}`).join();
      assert.doesNotMatch(shown, /hunter2/);
    }
  });
});

describe('SCRAM verifier', () => {
  it('has the keys of the example in RFC 7677', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    assert.equal(
      scramVerifier('pencil', salt),
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('refuses a password that would need normalising', () => {
    assert.throws(() => scramVerifier('pässword'), RangeError);
    assert.throws(() => scramVerifier(''), RangeError);
  });
});
