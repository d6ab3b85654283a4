/**
 * XML as Python's expat reads it: a parser that shares no line with ours.
 *
 * @module
 */

import assert from "node:assert/strict";
import { peer } from "../support/peers.ts";

/** A document that was taken, and its elements as they were read, each a line of JSON. */
export interface ReadXml {
  readonly xml: string;
  readonly lines: readonly string[];
}

const python = peer("boto3");

/** What a test's name says where no Python is here. */
export const NEEDS_PYTHON = python.found ? "" : ` (without expat: ${python.reason})`;

const SCRIPT = `
import json, sys
from xml.parsers import expat

def read(xml):
    parser = expat.ParserCreate("utf-8", "\\n")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    found, open_ = [], []
    def names(name):
        parts = name.split("\\n")
        return parts if len(parts) > 1 else ["", name]
    def start(name, attributes):
        uri, local = names(name)[:2]
        own = []
        for key, value in attributes.items():
            parts = key.split("\\n")
            own.append([key if len(parts) == 1 else
                parts[1] if len(parts) == 2 and parts[0] != "http://www.w3.org/XML/1998/namespace"
                else (parts[2] if len(parts) > 2 else "xml") + ":" + parts[1], value])
        element = [len(open_), uri, local, sorted(own, key=lambda pair: pair[0].encode("utf-16-be")), ""]
        found.append(element)
        open_.append(element)
    def end(name):
        open_.pop()
    def text(more):
        open_[-1][4] += more
    def doctype(*_):
        raise ValueError("doctype")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(xml.encode("utf-8", "surrogatepass"), True)
    except (expat.ExpatError, ValueError) as error:
        return str(error)
    return found

json.dump([read(xml) for xml in json.load(sys.stdin)], sys.stdout)
`;

/** Fails where expat reads another tree, or refuses what ours has taken. */
export async function readWithExpat(documents: readonly ReadXml[]): Promise<void> {
  if (!python.found || documents.length === 0) return;
  const child = new Deno.Command(python.path, {
    args: ["-c", SCRIPT],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = new Blob([JSON.stringify(documents.map(({ xml }) => xml))]).stream();
  const [output] = await Promise.all([child.output(), input.pipeTo(child.stdin)]);
  const answers: unknown = JSON.parse(new TextDecoder().decode(output.stdout));
  assert.ok(Array.isArray(answers));
  for (const [index, { xml, lines }] of documents.entries()) {
    const answer: unknown = answers[index];
    // It says nothing, whatever ours takes for the name of an instruction.
    if (typeof answer === "string" && /<\?[\w:.-]+\?(?!>)/.test(xml)) continue;
    if (typeof answer === "string") {
      if (!EDITIONS.test(answer) || isOfFourthEdition(xml)) {
        throw new Error(`expat refuses ${JSON.stringify(xml)}: ${answer}`);
      }
      continue;
    }
    assert.ok(Array.isArray(answer));
    assert.deepEqual(lines, answer.map((each) => JSON.stringify(each)), JSON.stringify(xml));
  }
}

/** What expat says of a name that only the fifth edition of XML 1.0 allows. */
const EDITIONS = /not well-formed/;

function isOfFourthEdition(xml: string): boolean {
  // deno-lint-ignore no-control-regex -- all of ASCII
  return /^[\x00-\x7f]*$/.test(xml);
}
