import { commitment, place, SEED_BYTES } from '#runtime/permutation.ts';
import type { Outcome } from './buyers/buyer.ts';

/** What the demo saw, from sources that do not know of each other. */
export interface Facts {
  readonly tickets: number;
  readonly buyers: number;
  readonly outcomes: readonly Outcome[];
  /** From the provider simulator: the truth about money. */
  readonly money: readonly { providerRef: string; provider: string; amount: number; paid: number; refunded: number }[];
  /** From the order table. */
  readonly orders: readonly {
    id: string;
    state: string;
    ticketCount: number;
    /** Tickets the order asked for. */
    quantity: number;
    totalMinor: number;
    providerRef: string;
    rehearsal: boolean;
  }[];
  /** From the inventory's database. */
  readonly stock: readonly { name: string; total: number; reserved: number; sold: number }[];
  /** From the waitroom's admission log, in the order of granting. */
  readonly admissions: readonly {
    place: number;
    number: number;
    userId: string;
    grantMs: number;
    servedAtGrant: number;
  }[];
  /** Ids of orders whose PDF lies in the bucket. */
  readonly pdfOrderIds: readonly string[];
  /** Orders that a mail in the mailbox speaks of. */
  readonly mailedOrderIds: readonly string[];
  readonly opensAtMs: number;
  /** The draw as the room published it: the seed was secret until the opening, its hash was not. */
  readonly draw: { readonly seed: string; readonly seedCommitment: string; readonly shuffledCount: number };
}

export interface Verdict {
  readonly sold: number;
  readonly revenueMinor: number;
  readonly oversold: number;
  readonly paidWithoutTicket: number;
  readonly ticketWithoutPayment: number;
  readonly refunded: number;
  readonly admittedBeforeOpen: number;
  readonly orderViolations: number;
  readonly ordersWithoutPdf: number;
  readonly ordersWithoutMail: number;
  readonly refundsWithoutMail: number;
  readonly buyerErrors: number;
  /** One sentence for each rule that does not hold. Empty: the run passed. */
  readonly problems: readonly string[];
}

/** Judges a run. Pure; every rule of the demo's exit code is here and nowhere else. */
export function judge(facts: Facts): Verdict {
  const real = facts.orders.filter((order) => !order.rehearsal);
  const paidOrders = real.filter((order) => order.state === 'PAID');
  const sold = facts.stock.reduce((sum, row) => sum + row.sold, 0);
  const ticketsIssued = paidOrders.reduce((sum, order) => sum + order.ticketCount, 0);
  const byRef = new Map(facts.money.map((row) => [row.providerRef, row]));
  const kept = (ref: string) => {
    const row = byRef.get(ref);
    return row === undefined ? 0 : row.paid - row.refunded;
  };
  const orderByRef = new Map(real.map((order) => [order.providerRef, order]));

  const oversold = facts.stock.reduce((sum, row) => sum + Math.max(0, row.sold + row.reserved - row.total), 0);
  const ticketWithoutPayment = paidOrders.filter((order) => kept(order.providerRef) < order.totalMinor).length;
  // Money that was kept and bought nothing; what was paid above the price counts too.
  const paidWithoutTicket = facts.money.filter((row) => {
    const keptAmount = row.paid - row.refunded;
    const order = orderByRef.get(row.providerRef);
    const due = order?.state === 'PAID' ? order.totalMinor : 0;
    return keptAmount > due;
  }).length;
  const revenueMinor = paidOrders.reduce((sum, order) => sum + order.totalMinor, 0);
  const refunded = facts.money.filter((row) => row.refunded > 0).length;
  const admittedBeforeOpen = facts.admissions.filter((row) => row.grantMs < facts.opensAtMs).length;
  const orderViolations =
    facts.admissions.filter((row) => row.place > row.servedAtGrant).length +
    overtaken(facts.outcomes) +
    wronglyDrawn(facts);
  const pdfs = new Set(facts.pdfOrderIds);
  const mails = new Set(facts.mailedOrderIds);
  const ordersWithoutPdf = paidOrders.filter((order) => !pdfs.has(order.id)).length;
  const ordersWithoutMail = paidOrders.filter((order) => !mails.has(order.id)).length;
  const refundsWithoutMail = real.filter((order) => order.state === 'REFUNDED' && !mails.has(order.id)).length;
  const errors = facts.outcomes.filter((outcome) => outcome.end === 'error');
  const buyerErrors = errors.length;

  const problems: string[] = [];
  const mustHold = (holds: boolean, sentence: string) => {
    if (!holds) problems.push(sentence);
  };
  mustHold(sold === ticketsIssued, `${sold} tickets are sold in the inventory but ${ticketsIssued} were issued`);
  mustHold(sold <= facts.tickets, `${sold} sold of ${facts.tickets}`);
  const least = Math.min(facts.tickets, paidFor(facts, 'in-time'));
  const most = Math.min(facts.tickets, paidFor(facts, 'ever'));
  const range = least === most ? `${least}` : `${least} to ${most}`;
  mustHold(sold >= least && sold <= most, `sold ${sold}, but min(tickets, paid for) is ${range}`);
  mustHold(oversold === 0, `${oversold} tickets oversold`);
  mustHold(ticketWithoutPayment === 0, `${ticketWithoutPayment} orders have tickets without the money`);
  mustHold(paidWithoutTicket === 0, `${paidWithoutTicket} payments have neither ticket nor refund`);
  mustHold(admittedBeforeOpen === 0, `${admittedBeforeOpen} buyers were admitted before the opening`);
  mustHold(orderViolations === 0, `${orderViolations} buyers were overtaken`);
  mustHold(ordersWithoutPdf === 0, `${ordersWithoutPdf} paid orders have no PDF in the bucket`);
  mustHold(ordersWithoutMail === 0, `${ordersWithoutMail} paid orders got no mail`);
  mustHold(refundsWithoutMail === 0, `${refundsWithoutMail} refunded orders got no mail`);
  mustHold(facts.admissions.length > 0, 'nobody was admitted');
  mustHold(sold > 0, 'nothing was sold');
  mustHold(
    buyerErrors <= MOST_ERRORS * facts.outcomes.length,
    `${buyerErrors} of ${facts.outcomes.length} buyers met an error, most often: ${mostOften(errors.map(errorKind))}`,
  );

  return {
    sold,
    revenueMinor,
    oversold,
    paidWithoutTicket,
    ticketWithoutPayment,
    refunded,
    admittedBeforeOpen,
    orderViolations,
    ordersWithoutPdf,
    ordersWithoutMail,
    refundsWithoutMail,
    buyerErrors,
    problems,
  };
}

/** What an error has in common with others: `401 TOKEN_EXPIRED` of the gateway, else its sentence without figures. */
export function errorKind({ error = 'no reason given' }: Outcome): string {
  return /^\d{3} [A-Z_]+/.exec(error)?.[0] ?? error.replaceAll(/\d+/g, 'N').slice(0, 100);
}

function mostOften(kinds: readonly string[]): string {
  const counts = Map.groupBy(kinds, (kind) => kind);
  const [kind = 'nothing', same = []] = [...counts].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
  return `${kind} (${same.length})`;
}

/**
 * On a machine that is too busy some people get a time-out, as in life, and the books must still agree: one buyer in twenty is
 * counted and shown. More is a shop that does not work, however right its books are.
 */
const MOST_ERRORS = 0.05;

/**
 * Tickets that people paid the full price for. Late money may meet stock that somebody else holds at that moment, so late
 * payers bound the sale from above only.
 */
function paidFor(facts: Facts, when: 'in-time' | 'ever'): number {
  const paid = new Map(facts.money.map((row) => [row.providerRef, row.paid]));
  const late = new Set(
    facts.outcomes.filter((outcome) => outcome.behaviour === 'pays-late').map((outcome) => outcome.orderId),
  );
  return facts.orders
    .filter(
      (order) => !order.rehearsal && order.totalMinor > 0 && (paid.get(order.providerRef) ?? 0) >= order.totalMinor,
    )
    .filter((order) => when === 'ever' || !late.has(order.id))
    .reduce((sum, order) => sum + order.quantity, 0);
}

/** Anyone can draw again: a buyer whose place is not what seed and number give, or whom another seed had been promised. */
function wronglyDrawn({ draw, outcomes, admissions }: Facts): number {
  const seed = Buffer.from(draw.seed, 'hex');
  if (seed.length !== SEED_BYTES || commitment(seed) !== draw.seedCommitment) return admissions.length;
  const promisedOther = outcomes.filter(
    ({ seedCommitment }) => seedCommitment !== undefined && seedCommitment !== draw.seedCommitment,
  ).length;
  const drawn = (number: number) =>
    number <= draw.shuffledCount ? place(seed, number - 1, draw.shuffledCount) + 1 : number;
  return promisedOther + admissions.filter((row) => row.place !== drawn(row.number)).length;
}

/** Buyers who waited, were next by their published place, and saw somebody behind them admitted a good while earlier. */
function overtaken(outcomes: readonly Outcome[]): number {
  const SLACK_MS = 10_000; // one tick plus one reconnect: people learn of their admission late, not out of order
  const admitted = outcomes
    .filter((outcome) => outcome.claimedAt !== undefined && (outcome.claimedPlace ?? 0) > 0 && outcome.reconnects === 0)
    .sort((a, b) => (a.claimedPlace ?? 0) - (b.claimedPlace ?? 0));
  let violations = 0;
  let earliestBehind = Number.POSITIVE_INFINITY;
  for (const outcome of admitted.toReversed()) {
    if ((outcome.claimedAt ?? 0) > earliestBehind + SLACK_MS) violations += 1;
    earliestBehind = Math.min(earliestBehind, outcome.claimedAt ?? Number.POSITIVE_INFINITY);
  }
  return violations;
}
