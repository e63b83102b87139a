/** Whose series: every metric of a platform's pods, and those that the operator keeps about it, carry both. */
export interface Series {
  readonly namespace: string;
  readonly name: string;
}

/** The label matchers of one platform, for the inside of `{}`. */
export const ownSeries = ({ namespace, name }: Series): string => `namespace="${namespace}",platform="${name}"`;
