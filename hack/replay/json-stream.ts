/**
 * JSON objects that stand one after another, with or without anything white between them, as texts. Firehose joins records
 * so: a line each where it was told to, none where it was not. Throws when the last one is cut off.
 */
export function* jsonObjects(text: string): Generator<string> {
  let start = -1;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') {
      if (depth++ === 0) start = at;
    } else if (char === '}' && --depth === 0) yield text.slice(start, at + 1);
  }
  if (depth !== 0) throw new Error('the last record is cut off');
}
