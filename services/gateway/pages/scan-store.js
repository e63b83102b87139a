/** What this scanner must not forget when it is switched off: scans that are not sent yet, who is inside, and the keys. */
const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open('tb-door', 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('queue', { keyPath: 'nonce' });
    request.result.createObjectStore('inside');
    request.result.createObjectStore('kept');
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function run(store, mode, act) {
  const database = await opened;
  return await new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: 'strict' });
    const request = act(transaction.objectStore(store));
    // A write counts once the transaction is on the disk.
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const queueScan = (scan) => run('queue', 'readwrite', (store) => store.put(scan));
export const dropScan = (nonce) => run('queue', 'readwrite', (store) => store.delete(nonce));
/** Oldest first. */
export async function queuedScans() {
  const all = await run('queue', 'readonly', (store) => store.getAll());
  return all.sort((a, b) => a.order - b.order);
}

/** The last direction in which this scanner let a ticket pass: `in`, `out` or undefined. */
export const lastPass = (ticketId) => run('inside', 'readonly', (store) => store.get(ticketId));
export const rememberPass = (ticketId, direction) =>
  run('inside', 'readwrite', (store) => store.put(direction, ticketId));

export const getKept = (name) => run('kept', 'readonly', (store) => store.get(name));
export const setKept = (name, value) => run('kept', 'readwrite', (store) => store.put(value, name));
