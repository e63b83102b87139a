import { invalidArgument, type ServiceError } from './errors.ts';

/** Reads untyped messages field by field. What is missing is said by name; such a message can never be handled. */
export interface MessageFields {
  record(value: unknown, name: string): Record<string, unknown>;
  /** Text that is not empty. */
  text(value: unknown, name: string): string;
  missing(name: string): ServiceError;
}

/** `reason` and `what` of the failure: `BAD_ORDER_PAID`, `order.paid`. */
export function messageFields(reason: string, what: string): MessageFields {
  const missing = (name: string) => invalidArgument(reason, `${what} has no ${name}`);
  return {
    missing,
    record(value, name) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw missing(name);
      return value as Record<string, unknown>;
    },
    text(value, name) {
      if (typeof value !== 'string' || value === '') throw missing(name);
      return value;
    },
  };
}

/** Text, or an empty one. */
export const optionalText = (value: unknown): string => (typeof value === 'string' ? value : '');
