/**
 * Below zero when the first is earlier, above when it is later. Resource versions are decimal numbers of any length, and comparable
 * since the API says so (KEP-5504). Undefined where one of them is no such number.
 */
export function compareVersions(one: string | undefined, other: string | undefined): number | undefined {
  if (one === undefined || other === undefined || !/^\d+$/.test(one) || !/^\d+$/.test(other)) return undefined;
  const [a, b] = [BigInt(one), BigInt(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
