/** What is said of this one, or of all that nothing else is said of. */
export function oneOf(words: Readonly<Record<string, string>> & { readonly other: string }, name: string): string {
  return Object.hasOwn(words, name) ? (words[name] ?? words.other) : words.other;
}
