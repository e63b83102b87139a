import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

export interface SourceMapFile {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * A source map without the lines of packages: nine tenths of it, which Node unpacks into more than 100 MB at the first stack trace
 * and keeps. Frames of packages then say where in the bundle they are.
 */
export function ownLines(map: SourceMapFile): SourceMapFile {
  const isOwn = map.sources.map((source) => !source.includes('node_modules/'));
  const mappings = decode(map.mappings).map((line) => line.flatMap((segment) => keptOf(segment, isOwn)));
  let lastOwn = false;
  const kept = mappings.map((line) =>
    line.filter((segment) => {
      const own = segment.length > 1;
      const needed = own || lastOwn; // One end is enough for all that is no longer mapped behind it.
      lastOwn = own;
      return needed;
    }),
  );
  return { ...map, sources: map.sources.map((source, index) => (isOwn[index] ? source : '')), mappings: encode(kept) };
}

/** What leads to a package leads nowhere. */
function keptOf(segment: SourceMapSegment, isOwn: readonly boolean[]): SourceMapSegment[] {
  return segment.length === 1 || isOwn[segment[1]] ? [segment] : [[segment[0]]];
}
