import assert from 'node:assert/strict';
import { SERVICES } from '#proto/names.ts';
import { containerEnvironment } from '../environment.ts';
import { aPlatform } from '../testing/a-platform.ts';
import { networkPolicies } from './network-policies.ts';

describe('organisers of a platform', () => {
  const closed = aPlatform();
  const open = aPlatform((spec) => {
    Object.assign(spec, { organisers: { enabled: true, quota: { maxSales: 3 } } });
  });
  const reaches = (platform: typeof open) =>
    networkPolicies(platform, 'ticketbottle-system')
      .filter((one) => JSON.stringify(one).includes('6443'))
      .map(({ metadata }) => metadata.name);

  it('give the event service, and no other, a way to the API server', () => {
    assert.deepEqual(reaches(closed), []);
    assert.deepEqual(reaches(open), ['ticketbottle-event']);
  });

  it('tell the event service its quota', () => {
    for (const service of SERVICES) {
      const said = (platform: typeof open) =>
        containerEnvironment(platform, service, '1.0.0', {}).env.filter(({ name }) => name.startsWith('ORGANISER'));
      assert.deepEqual(said(closed), []);
      assert.deepEqual(
        said(open).map(({ name, value }) => `${name}=${value}`),
        service === 'event' ? ['ORGANISERS=true', 'ORGANISER_MAX_SALES=3', 'ORGANISER_MAX_TICKETS=200000'] : [],
      );
    }
  });
});
