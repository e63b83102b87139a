import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/**
 * Stack traces of a bundle name the lines of its sources. `--enable-source-maps` would read the map at every start, which takes
 * as long as the start itself; here it is read when the first stack is looked at. Does nothing outside a bundle.
 */
export function tellSourcePositions(bundleUrl: string): void {
  if (!bundleUrl.endsWith('/index.mjs')) return;
  let map: SourceMap | undefined;
  const originOf = (line: number, column: number): string | undefined => {
    map ??= new SourceMap(JSON.parse(readFileSync(new URL(`${bundleUrl}.map`), 'utf8')));
    const origin = map.findOrigin(line, column);
    if (!('fileName' in origin)) return undefined;
    return `${origin.fileName.replace(/^(\.\.\/)+/, '')}:${origin.lineNumber}:${origin.columnNumber}`;
  };
  const inSource = (frame: string): string =>
    frame.replace(/(file:\S+):(\d+):(\d+)/, (place: string, url: string, line: string, column: string) =>
      url === bundleUrl ? (originOf(Number(line), Number(column)) ?? place) : place,
    );
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.map((frame) => `    at ${frame}`);
    try {
      return [error, ...lines.map(inSource)].join('\n');
    } catch {
      // Without its map a stack still says more than none.
      return [error, ...lines].join('\n');
    }
  };
}
