import type { Shop } from '#runtime/local/shop/shop.ts';

/** How a provider makes its next links; see hack/providers/behaviour.ts. */
export async function misbehave(shop: Shop, provider: string, create: string, times: number): Promise<void> {
  await plan(shop, { provider, create, times });
}

/** As they should be again. Returns how many planned misdeeds nobody met. */
export async function behave(shop: Shop): Promise<number> {
  let unused = 0;
  for (const provider of ['zalopay', 'payos']) unused += (await plan(shop, { provider, create: 'none' })).forgotten;
  return unused;
}

async function plan(shop: Shop, body: object): Promise<{ readonly forgotten: number }> {
  const answer = await fetch(`${shop.providersUrl}/simulator/misbehave`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the simulator does not misbehave: ${await answer.text()}`);
  return (await answer.json()) as { forgotten: number };
}
