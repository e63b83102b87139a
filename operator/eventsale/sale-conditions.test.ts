import assert from 'node:assert/strict';
import { conditionOf } from '#operator/api/conditions.ts';
import { type ConditionFacts, saleConditions } from './sale-conditions.ts';
import type { SalePlan } from './sale-facts.ts';
import { saleTimes } from './schedule.ts';
import { aSale } from './testing/sale-builder.ts';

const NOW = Date.parse('2027-01-10T03:00:00Z');
const sale = aSale();

function ready(plan: Partial<SalePlan>, facts: Partial<ConditionFacts> = {}) {
  const times = saleTimes(sale.spec, 0);
  const whole = { times, opensAt: times.opensAt, opened: false, actions: [], message: 'so it is', wakeAt: NOW };
  const conditions = saleConditions({ sale, plan: { ...whole, phase: 'Open', ...plan }, lines: [], ...facts }, NOW);
  const { status, reason, message } = conditionOf(conditions, 'Ready') ?? assert.fail('no Ready');
  return { status, reason, message };
}

describe('what Ready says of a sale', () => {
  const refusal = 'spec.ticketClasses "GA".quantity 2 is below 3 sold + 0 held; 3 stand: set it to 3 or more';
  const stock = { what: 'inventory', want: '2', have: '3', ready: false, message: refusal, refusal };
  const nodes = { what: 'nodes', want: 'room', have: 'some', ready: false, message: '9 pods ask for 4500m: add nodes' };

  it('is nothing but the phase while all is well', () => {
    assert.deepEqual(ready({ opened: true }), { status: 'True', reason: 'Open', message: 'so it is' });
  });

  it('tells of an open sale which edit was refused, and that its books do not balance', () => {
    const open = { phase: 'Open', opened: true } as const;
    assert.equal(ready(open, { lines: [stock] }).message, `so it is; ${refusal}`);
    const ledger = { balanced: false, detail: '1 tickets oversold' };
    assert.match(ready(open, { ledger }).message, /^so it is; 1 tickets oversold: look at the orders/);
  });

  it('tells what could not be given back, and is not done until it was', () => {
    const left = ['lambda/webhooks: connect ECONNREFUSED'];
    const closed = ready({ phase: 'Closed', opened: true }, { left });
    assert.deepEqual([closed.status, closed.reason], ['False', 'WaitingForDependency']);
    assert.match(
      closed.message,
      /what could not be given back yet is tried again: lambda\/webhooks: connect ECONNREFUSED/,
    );
    assert.match(ready({ phase: 'Missed' }, { left }).message, /tried again: lambda/);
  });

  it('says what to do also where the doors open although not everything is ready', () => {
    const decision = { about: NOW, verdict: 'OpenAnyway', opensAt: NOW, at: NOW, reason: '' } as const;
    for (const plan of [{ phase: 'Armed', decision }, { phase: 'Armed' }, { phase: 'Held' }] as const)
      assert.match(ready(plan, { lines: [nodes] }).message, /so it is\. nodes: 9 pods ask for 4500m: add nodes/);
  });

  it('is not Ready while doors stand open through which nobody can buy', () => {
    const open = { phase: 'Open', opened: true } as const;
    const dead = {
      what: 'serving',
      want: '6 services',
      have: '0 services',
      ready: false,
      message: 'not serving: order',
    };
    const failing = ready(open, { lines: [dead, nodes] });
    assert.deepEqual([failing.status, failing.reason], ['False', 'WaitingForDependency']);
    assert.equal(failing.message, 'so it is; not ready: serving. serving: not serving: order');
    // Fewer replicas than were proved sell on, and it is said.
    const few = { what: 'replicas/order', want: '4 ready', have: '3 ready', ready: false, message: 'kubectl describe' };
    const slower = ready(open, { lines: [few, nodes] });
    assert.deepEqual([slower.status, slower.reason], ['True', 'Open']);
    assert.match(slower.message, /not ready: replicas\/order\. replicas\/order: kubectl describe/);
  });

  it('asks for no capacity of a sale that opens no more', () => {
    const plan = { phase: 'Missed' } as Partial<SalePlan>;
    const times = saleTimes(sale.spec, 0);
    const whole = { times, opensAt: 0, opened: false, actions: [], message: '', wakeAt: NOW, ...plan } as SalePlan;
    const conditions = saleConditions({ sale, plan: whole, lines: [], shortfall: 'raise it' }, NOW);
    assert.equal(conditionOf(conditions, 'PlanReady'), undefined);
  });
});
