/** Where in AWS a platform lives; ARNs are built from it. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
}
