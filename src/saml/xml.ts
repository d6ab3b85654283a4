/**
 * XML → a small tree, with the limits that text from the network needs.
 *
 * @module
 */

import { SaxesParser, type SaxesTagNS } from "saxes";
import type { UserError } from "../errors.ts";
import { unreadable } from "./encoding.ts";

/** An element, as far as a SAML reader needs it. */
export interface XmlElement {
  /** The namespace URI; empty for none. */
  readonly namespace: string;
  readonly local: string;
  /** Attributes by their name as written; SAML's own have no prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /**
   * The character data directly in this element, CDATA included. Comments do not split it: canonical
   * XML drops them, so the signed text is the whole.
   */
  readonly text: string;
}

/** Deeper than any real Response, and shallow enough that nesting does not slow the parser down. */
const MAX_DEPTH = 64;

/** Well above what 100,000 characters of base64 hold in practice; limits the memory of the tree. */
const MAX_ELEMENTS = 20_000;

const HINT =
  "Sign in again. If this keeps happening, check that the IdP's AWS application uses SAML 2.0.";

/**
 * Parses one XML document with namespaces.
 *
 * @param fail makes the error of a document that is not well-formed, has a DOCTYPE, or is too deep or too large;
 *   by default a UserError with exit code 5
 */
export function parseXml(
  xml: string,
  fail: (reason: string) => Error = unreadableResponse,
): XmlElement {
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    // SAML is XML 1.0. The rules of 1.1 would allow escape characters and break lines differently.
    forceXMLVersion: true,
    defaultXMLVersion: "1.0",
  });
  const open: Node[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let refusal: Error | undefined;

  parser.on("doctype", () => {
    // A DOCTYPE has no place in SAML, and could define entities.
    throw refusal = fail("it has a DOCTYPE, which SAML forbids");
  });
  parser.on("opentag", (tag) => {
    if (open.length >= MAX_DEPTH) throw refusal = fail(`it is nested deeper than ${MAX_DEPTH}`);
    if (++elements > MAX_ELEMENTS) {
      throw refusal = fail(`it has more than ${MAX_ELEMENTS} elements`);
    }
    if (hasPaddedNamespace(tag)) {
      throw refusal = fail("a namespace in it has white space at its ends");
    }
    if (hasMalformedName(tag)) throw refusal = fail("it is not well-formed XML");
    const element = new Node(tag);
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const onText = (text: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on("text", onText);
  parser.on("cdata", onText);
  parser.on("closetag", () => void open.pop());
  try {
    parser.write(xml).close();
  } catch {
    // The parser's messages quote the text, and the text is a bearer token: they are dropped, not even
    // kept as the cause.
    throw refusal ?? fail("it is not well-formed XML");
  }
  if (root === undefined) throw fail("it has no elements");
  return root;
}

function unreadableResponse(reason: string): UserError {
  return unreadable(`Cannot read the posted SAMLResponse: ${reason}`, HINT);
}

/** The parser takes such a namespace for the one without: an element of no SAML would be one of SAML's. */
function hasPaddedNamespace({ attributes }: SaxesTagNS): boolean {
  for (const name in attributes) {
    if (!/^xmlns(?::|$)/.test(name)) continue;
    const value = attributes[name]?.value ?? "";
    if (value !== value.trim()) return true;
  }
  return false;
}

/** The parser looks at how a name begins, and not at how it goes on behind its prefix. */
function hasMalformedName({ name, attributes }: SaxesTagNS): boolean {
  if (MALFORMED.test(name)) return true;
  for (const each in attributes) if (MALFORMED.test(each)) return true;
  return false;
}

/** What no name begins with. */
const MALFORMED = /:[-.\d\xb7]/;

const NONE: ReadonlyMap<string, string> = new Map();

/** An element while it is being read. A class, because object literals with a getter are slow to create. */
class Node implements XmlElement {
  readonly namespace: string;
  readonly local: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Node[] = [];
  text = "";

  constructor({ uri, local, attributes }: SaxesTagNS) {
    this.namespace = uri;
    this.local = local;
    let own: Map<string, string> | undefined;
    for (const name in attributes) {
      own ??= new Map();
      own.set(name, attributes[name]?.value ?? "");
    }
    // Most elements have none.
    this.attributes = own ?? NONE;
  }
}

/** The direct children with this name and namespace. */
export function childrenOf(
  element: XmlElement,
  namespace: string,
  local: string,
): readonly XmlElement[] {
  return element.children.filter((child) => child.local === local && child.namespace === namespace);
}

/** This element and every element below it, in document order. */
export function descendantsOf(element: XmlElement): readonly XmlElement[] {
  const all: XmlElement[] = [];
  const left = [element];
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    all.push(each);
    for (const child of each.children.toReversed()) left.push(child);
  }
  return all;
}
