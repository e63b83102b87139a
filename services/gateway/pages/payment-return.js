import { keep } from './page-data.js';

const answer = new URLSearchParams(location.search);
/** Each provider says in its own words that the buyer did not pay. What counts is the order; this only chooses the words. */
const cancelled = answer.get('cancel') === 'true' || answer.get('status') === 'CANCELLED';
const declined =
  (answer.has('vnp_ResponseCode') && answer.get('vnp_ResponseCode') !== '00') ||
  (answer.has('apptransid') && answer.get('status') !== '1');
const orderId = keep.get('tb.last-order');
// A link that was cancelled at the provider cannot be paid any more; a declined one can.
const how = cancelled ? '&cancelled=1' : declined ? '&declined=1' : '';
location.replace(orderId ? `/orders/${orderId}?returned=1${how}` : '/orders');
