import { type ReplicatedStores, startReplicatedStores } from '#runtime/local/replicated-stores.ts';
import { until } from '../fault.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { Platforms } from './platforms.ts';
import { Region } from './region.ts';
import { ShopName } from './shop-name.ts';

export const MINUTE = 60_000;

/** Two regions in one cluster: east serves, west follows. */
export interface World extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly stores: ReplicatedStores;
  readonly east: Region;
  readonly west: Region;
  readonly platforms: Platforms;
  readonly name: ShopName;
}

export async function openWorld(say: (text: string) => void): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startCluster(say));
  const stores = stack.use(await startReplicatedStores({ host: cluster.layout.nodeIp }));
  const east = new Region(cluster, {
    ...{ name: 'east', awsName: 'us-east-1', role: 'Active', nodePort: 30480, stores: stores.east },
  });
  const west = new Region(cluster, {
    ...{ name: 'west', awsName: 'ap-southeast-1', role: 'Standby', nodePort: 30481, stores: stores.west },
  });
  say('installing an operator in each of two namespaces');
  for (const region of [east, west]) await region.install();
  const platforms = stack.use(new Platforms(cluster));
  await east.createPlatform();
  await platforms.untilCondition('east', 'Ready', { status: 'True' }, 10 * MINUTE);
  say('east serves');
  // As the runbook has it: tokens and tickets of one region are good in the other.
  const stringData = await east.secret('east-signing-keys');
  const metadata = { name: 'west-signing-keys', namespace: 'west' };
  await west.apply([{ apiVersion: 'v1', kind: 'Secret', metadata, stringData }]);
  await west.createPlatform();
  await platforms.untilCondition('west', 'Ready', { status: 'True' }, 5 * MINUTE);
  const { wanted, pods } = await west.scale();
  if (wanted + pods > 0) throw new Error(`a standby is at zero, and west has ${pods} pods and wants ${wanted}`);
  say('west stands by, at zero');
  const name = stack.use(new ShopName(platforms, ['east', 'west']));
  await until('east answers', async () => name.current !== undefined, MINUTE);
  const owned = stack.move();
  return { cluster, stores, east, west, platforms, name, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
