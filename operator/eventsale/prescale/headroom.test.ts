import assert from 'node:assert/strict';
import { megabytesToProve } from './headroom.ts';

const T = Date.parse('2027-01-10T03:00:00Z');
const times = { preQueueAt: T };
const at = new Date(T - 3_600_000).toISOString();
const through = (...phases: ('Prescaling' | 'Ready')[]) => ({
  status: { phases: phases.map((phase) => ({ phase, at })) },
});

describe('memory of the waiting room', () => {
  it('is proved for all buyers before they come, and then filled by them without holding the opening', () => {
    assert.equal(megabytesToProve(500, through('Prescaling'), times, T - 1), 500);
    assert.equal(megabytesToProve(500, through('Prescaling', 'Ready'), times, T - 1), 500);
    assert.equal(megabytesToProve(500, through('Prescaling', 'Ready'), times, T), 0);
    // A replica that fails later does not make it ask for all of them anew.
    assert.equal(megabytesToProve(500, through('Prescaling', 'Ready', 'Prescaling'), times, T + 1), 0);
  });

  it('is proved for all of them still where it never was', () => {
    assert.equal(megabytesToProve(500, through('Prescaling'), times, T + 1), 500);
    assert.equal(megabytesToProve(500, {}, times, T + 1), 500);
  });
});
