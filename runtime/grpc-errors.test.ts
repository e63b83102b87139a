import assert from 'node:assert/strict';
import { Metadata, status } from '@grpc/grpc-js';
import { fromGrpcError } from './grpc-errors.ts';

function failure(code: status, details: string): Error {
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() });
}

describe('a failed gRPC call', () => {
  it('that lost its connection is worth another try, not a fault of the server', () => {
    const error = fromGrpcError(
      failure(status.INTERNAL, 'Received RST_STREAM with code 0 (Call ended without gRPC status)'),
    );
    assert.equal(error.code, 'UNAVAILABLE');
    assert.equal(error.reason, 'CONNECTION_LOST');
    assert.equal(error.retryable, true);
  });

  it('that the server judged INTERNAL stays INTERNAL', () => {
    assert.equal(fromGrpcError(failure(status.INTERNAL, 'boom')).code, 'INTERNAL');
  });
});
