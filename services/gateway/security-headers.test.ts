import assert from 'node:assert/strict';
import { securityHeaders } from './security-headers.ts';

describe('security headers', () => {
  it('forbid foreign scripts and frames', () => {
    const headers = securityHeaders({ https: true, shared: false });
    assert.match(headers['content-security-policy'] ?? '', /script-src 'self';/);
    assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'self';/);
    assert.match(headers['content-security-policy'] ?? '', /upgrade-insecure-requests/);
    assert.match(headers['strict-transport-security'] ?? '', /max-age=/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  });

  it('do not lead a site without TLS to one that is not there', () => {
    const headers = securityHeaders({ https: false, shared: true });
    assert.doesNotMatch(headers['content-security-policy'] ?? '', /upgrade-insecure-requests/);
    assert.equal(headers['strict-transport-security'], undefined);
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
  });
});
