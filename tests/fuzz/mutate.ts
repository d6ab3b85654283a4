/**
 * Hostile inputs: pieces of honest ones, cut, moved, repeated and broken, from a seed, so that every one of them can
 * be made again. Far cheaper than a property library, which is what a million of them needs.
 *
 * @module
 */

/** Random numbers from a seed. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Equal texts make equal numbers. */
  constructor(seed: string) {
    let [a, b, c] = [0x9e3779b9, 0x243f6a88, 0xb7e15162];
    for (let index = 0; index < seed.length; index++) {
      a = Math.imul(a ^ seed.charCodeAt(index), 0x01000193);
      b = Math.imul(b ^ a ^ (a >>> 15), 0x85ebca6b);
      c = Math.imul(c ^ b ^ (b >>> 13), 0xc2b2ae35);
    }
    [this.#a, this.#b, this.#c] = [a, b, c];
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * limit);
  }

  /** True so many times of a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of these; throws for none. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("Nothing to pick from");
    return picked;
  }

  /** The generator sfc32 of PractRand. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** What inputs are made of. */
export interface Material {
  /** Honest and known hostile inputs; not empty. */
  readonly corpus: readonly string[];
  /** What means something to the reader. */
  readonly words: readonly string[];
}

/** What readers stumble over: control characters, ends of lines, halves of characters, and everybody's syntax. */
const CHARACTERS: readonly string[] = [
  ..."\0\t\n\r\x1b\x7f\x80\x85\xa0\xad\xe9\xff\u0130\u017f\u061c\u2028\u202e\u2066\ufeff\ufffe",
  ...["\ud800", "\udc00", "\u{1f600}", "\r\n", "\u0301"],
  ...` !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`,
  ..."09AFazxX",
];

/** Where pieces begin and end that mean something. */
const SEPARATORS: readonly string[] = ["<", ">", "\n", "&", ",", "=", '"', " ", ":", "/", "%"];

/** The longest input that is not made on purpose to be long, in UTF-16 units. */
const LONGEST = 20_000;

/** One input: most often one of the corpus with a few changes, sometimes from nothing. */
export function mutated(random: Random, material: Material): string {
  if (random.chance(4)) return invented(random, material);
  let text = random.pick(material.corpus);
  // Few changes get deep, many get wide.
  const changes = random.chance(85) ? 1 + random.below(3) : 4 + random.below(20);
  for (let count = 0; count < changes; count++) {
    text = change(text, random, material);
    if (text.length > LONGEST) text = text.slice(0, LONGEST);
  }
  return text;
}

function invented(random: Random, { words }: Material): string {
  const pieces = Array.from(
    { length: random.below(30) },
    () => random.chance(60) ? random.pick(words) : random.pick(CHARACTERS),
  );
  return pieces.join("");
}

function change(text: string, random: Random, { corpus, words }: Material): string {
  const { start, end } = range(text, random);
  const without = () => text.slice(0, start) + text.slice(end);
  const put = (piece: string, at = start) => text.slice(0, at) + piece + text.slice(at);
  switch (random.below(14)) {
    case 0:
      return without();
    case 1:
      return put(text.slice(start, end));
    case 2:
      return put(text.slice(start, end), place(text, random));
    case 3: {
      const rest = without();
      const at = place(rest, random);
      return rest.slice(0, at) + text.slice(start, end) + rest.slice(at);
    }
    case 4:
      return put(random.pick(CHARACTERS));
    case 5:
      return text.slice(0, start) + random.pick(CHARACTERS) + text.slice(start + 1);
    case 6:
      return put(random.pick(words));
    case 7:
      return text.slice(0, start) + random.pick(words) + text.slice(end);
    case 8:
      return random.chance(30) ? text.slice(0, start) : without();
    case 9: {
      const other = random.pick(corpus);
      const piece = range(other, random);
      return text.slice(0, start) + other.slice(piece.start, piece.end) + text.slice(end);
    }
    case 10:
      return put(random.pick(random.chance(50) ? words : CHARACTERS).repeat(1 + random.below(80)));
    case 11: {
      // One word in the place of another.
      const word = random.pick(words);
      const at = text.indexOf(word, start);
      return at < 0
        ? put(word)
        : text.slice(0, at) + random.pick(words) + text.slice(at + word.length);
    }
    case 12: {
      const part = text.slice(start, end);
      const other = random.chance(50) ? part.toUpperCase() : part.toLowerCase();
      return text.slice(0, start) + other + text.slice(end);
    }
    default: {
      const flipped = text.charCodeAt(start) ^ (1 << random.below(8));
      return text.slice(0, start) + String.fromCharCode(flipped || 0) + text.slice(start + 1);
    }
  }
}

/** A place of a text, often where something begins. */
function place(text: string, random: Random): number {
  const at = random.below(text.length + 1);
  if (random.chance(40)) return at;
  const next = text.indexOf(random.pick(SEPARATORS), at);
  return next < 0 ? at : next;
}

function range(text: string, random: Random): { readonly start: number; readonly end: number } {
  const start = place(text, random);
  if (random.chance(50)) return { start, end: Math.min(text.length, start + random.below(12)) };
  const other = place(text, random);
  return { start: Math.min(start, other), end: Math.max(start, other) };
}

/** An input of XML: often whole elements, moved to where readers do not look for them, or doubled. */
export function mutatedXml(random: Random, material: Material): string {
  if (random.chance(50)) return mutated(random, material);
  let text = random.pick(material.corpus);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const moved = element(text, random);
    const source = random.chance(25) ? random.pick(material.corpus) : text;
    const piece = source === text ? moved : element(source, random);
    const kept = random.chance(50) ? text : text.slice(0, moved.start) + text.slice(moved.end);
    const target = element(kept, random);
    // Before it, inside it, or in its place.
    const at = random.chance(50) ? target.start : target.inside;
    const end = random.chance(25) ? Math.max(at, target.end) : at;
    text = kept.slice(0, at) + wrapped(source.slice(piece.start, piece.end), random) +
      kept.slice(end);
    if (text.length > LONGEST) return text.slice(0, LONGEST);
  }
  return random.chance(20) ? change(text, random, material) : text;
}

function wrapped(piece: string, random: Random): string {
  const [before, after] = random.pick([
    ...Array.from({ length: 6 }, () => ["", ""] as const),
    ["<!--", "-->"],
    ["<![CDATA[", "]]>"],
    ["<x:y xmlns:x='urn:x'>", "</x:y>"],
    ["<samlp:Extensions>", "</samlp:Extensions>"],
    ["<?x ", "?>"],
  ]);
  return before + piece + after;
}

/** An element of a text: where it begins, where its content does, where it ends. */
function element(
  text: string,
  random: Random,
): { readonly start: number; readonly inside: number; readonly end: number } {
  const from = random.below(text.length + 1);
  const tag = /<([\w:.-]+)[^<>]*>/g;
  tag.lastIndex = from;
  const found = tag.exec(text) ?? new RegExp(tag.source).exec(text);
  if (found === null) return { start: from, inside: from, end: from };
  const { 0: open, 1: name = "", index } = found;
  const inside = index + open.length;
  if (open.endsWith("/>")) return { start: index, inside, end: inside };
  let depth = 1;
  const same = new RegExp(`<(/?)${name.replaceAll(".", "\\.")}(?=[\\s/>])[^<>]*?(/?)>`, "g");
  same.lastIndex = inside;
  for (let next = same.exec(text); next !== null; next = same.exec(text)) {
    if (next[2] === "/") continue;
    depth += next[1] === "/" ? -1 : 1;
    if (depth === 0) return { start: index, inside, end: same.lastIndex };
  }
  return { start: index, inside, end: inside };
}

/**
 * Long inputs, in which one thing is repeated until they have this size: what takes the square of it shows. Each word
 * stands alone, at the end of an input of the corpus, and somewhere in it.
 */
export function* longInputs(
  { corpus, words }: Material,
  size: number,
): Generator<{ readonly word: string; readonly input: string }> {
  const random = new Random("long");
  for (const word of new Set([...words, " ", "\n", "\0", "a"].filter((each) => each !== ""))) {
    const run = word.repeat(Math.ceil(size / word.length));
    yield { word, input: run };
    const text = random.pick(corpus);
    for (const at of [text.length, place(text, random)]) {
      yield { word, input: text.slice(0, at) + run + text.slice(at) };
    }
  }
}
