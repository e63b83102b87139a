const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [300, 56];

/** A small line over time: `points` are [ms, value], oldest first. The name says in words what it shows. */
export function drawChart(svg, points, name) {
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  const top = Math.max(1, ...points.map(([, value]) => value));
  const x = (ms) => (to === from ? WIDTH : ((ms - from) / (to - from)) * WIDTH);
  const y = (value) => HEIGHT - 3 - (value / top) * (HEIGHT - 6);
  const line = points.map(([ms, value]) => `${x(ms).toFixed(1)},${y(value).toFixed(1)}`).join('L');
  const path = (d, kind) => {
    const element = svg.querySelector(`.${kind}`) ?? svg.appendChild(document.createElementNS(SVG, 'path'));
    element.setAttribute('class', kind);
    element.setAttribute('d', d);
  };
  if (points.length === 0) return;
  path(`M${x(from).toFixed(1)},${HEIGHT}L${line}L${x(to).toFixed(1)},${HEIGHT}Z`, 'area');
  path(`M${line}`, 'line');
}
