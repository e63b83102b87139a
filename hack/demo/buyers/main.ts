/**
 * The crowd: runs in a process of its own next to the gateway and writes what became of everybody.
 * usage: main.ts OPTIONS.json — one JSON line of live counts per second on stdout.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type BuyerDeps, live, type SaleFacts } from './buyer.ts';
import { cast, random } from './cast.ts';
import { Gateway, type Session } from './gateway.ts';
import { Provider } from './provider.ts';

interface Options {
  readonly mode: 'sign-up' | 'buy';
  readonly gatewayUrl: string;
  readonly providerUrl: string;
  readonly buyers: number;
  readonly seed: number;
  readonly run: string;
  readonly accountsFile: string;
  readonly outcomesFile: string;
  readonly sale?: SaleFacts;
}

const PASSWORD = 'Correct-horse-7-battery';
const SIGN_UP_CONCURRENCY = 8;

const options = JSON.parse(readFileSync(process.argv[2] ?? '/dev/stdin', 'utf8')) as Options;
// Every buyer is a browser of its own: nobody waits behind a stranger's request for a connection.
const gateway = new Gateway(options.gatewayUrl, 2_048);
const provider = new Provider(options.providerUrl);
const buyers = cast(options.buyers, options.seed, options.run);

if (options.mode === 'sign-up') await signUpAll();
else await buyAll();
await Promise.all([gateway.close(), provider.close()]);

async function signUpAll(): Promise<void> {
  const accounts: Session[] = [];
  let next = 0;
  const worker = async () => {
    for (let buyer = buyers[next++]; buyer !== undefined; buyer = buyers[next++]) {
      accounts[buyer.index] = await gateway.signUp(buyer.email, PASSWORD, buyer.fullName);
    }
  };
  const timer = setInterval(() => say({ signedUp: accounts.filter(Boolean).length }), 1_000);
  await Promise.all(Array.from({ length: SIGN_UP_CONCURRENCY }, worker));
  clearInterval(timer);
  say({ signedUp: accounts.length });
  writeFileSync(options.accountsFile, JSON.stringify(accounts));
}

async function buyAll(): Promise<void> {
  const sale = options.sale;
  if (sale === undefined) throw new Error('mode "buy" needs the sale');
  const accounts = JSON.parse(readFileSync(options.accountsFile, 'utf8')) as Session[];
  const next = random(options.seed + 1);
  const counts = { waiting: 0, checkout: 0, paying: 0, done: 0 };
  const timer = setInterval(() => say(counts), 1_000);
  const outcomes = await Promise.all(
    buyers.map(async (buyer) => {
      let now: 'waiting' | 'checkout' | 'paying' | 'done' | undefined;
      const deps: BuyerDeps = {
        gateway,
        provider,
        random: next,
        stage: {
          enter(stage) {
            if (now !== undefined) counts[now] -= 1;
            counts[stage] += 1;
            now = stage;
          },
        },
      };
      const account = accounts[buyer.index];
      if (account === undefined) throw new Error(`buyer ${buyer.index} has no account`);
      return await live(buyer, account, sale, deps);
    }),
  );
  clearInterval(timer);
  say(counts);
  writeFileSync(options.outcomesFile, JSON.stringify(outcomes));
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
