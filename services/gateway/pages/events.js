const list = document.getElementById('events');
try {
  const response = await fetch('/api/v1/events?pageSize=100');
  if (!response.ok) throw new Error((await response.json()).detail);
  const { events } = await response.json();
  list.replaceChildren(...events.map(row));
  if (events.length === 0) list.replaceChildren(item('Nothing is on sale yet.'));
} catch (error) {
  list.replaceChildren(item(`The list cannot be read: ${error.message}`));
}

function row(event) {
  const link = document.createElement('a');
  link.href = `/events/${event.id}`;
  link.textContent = event.name;
  const when = event.sale ? `, on sale from ${new Date(event.sale.openTime).toLocaleString()}` : '';
  const li = item(`${event.venue ? ` — ${event.venue.name}` : ''}${when}`);
  li.prepend(link);
  return li;
}

function item(text) {
  const li = document.createElement('li');
  li.append(text);
  return li;
}
