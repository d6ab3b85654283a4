/**
 * XML → a small tree, with the limits that a text from the network needs.
 *
 * @module
 */

import { SaxesParser, type SaxesTagNS } from "saxes";
import { UserError } from "../errors.ts";
import { unreadable } from "./encoding.ts";

/** An element with what a SAML reader asks of it. */
export interface XmlElement {
  /** The namespace URI; empty for none. */
  readonly namespace: string;
  readonly local: string;
  /** Attributes by their name as written; SAML's own have no prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /**
   * The character data directly in this element, CDATA included. Comments do not split it: canonical
   * XML drops them, so the text that was signed is the whole.
   */
  readonly text: string;
}

/** Deeper than any Response, and shallow enough that the parser's cost in the depth does not show. */
const MAX_DEPTH = 64;

/** Well above what 100,000 characters of base64 can hold in use; bounds the memory of the tree. */
const MAX_ELEMENTS = 20_000;

const HINT =
  "Sign in again; if it stays so, the IdP's application for AWS is not set up for SAML 2.0.";

/**
 * Parses one XML document with namespaces.
 *
 * @throws UserError (exit code 5) when it is not well-formed, has a DOCTYPE, or is too deep or too large
 */
export function parseXml(xml: string): XmlElement {
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    // SAML is XML 1.0. The rules of 1.1 would let escape characters in, and break lines elsewhere.
    forceXMLVersion: true,
    defaultXMLVersion: "1.0",
  });
  const open: Node[] = [];
  let root: XmlElement | undefined;
  let elements = 0;

  parser.on("doctype", () => {
    // A DOCTYPE has no place in SAML, and is how entities would be brought in.
    throw unreadable("Cannot read the Response: it has a DOCTYPE, which SAML forbids", HINT);
  });
  parser.on("opentag", (tag) => {
    if (open.length >= MAX_DEPTH) {
      throw unreadable(`Cannot read the Response: it is nested deeper than ${MAX_DEPTH}`, HINT);
    }
    if (++elements > MAX_ELEMENTS) {
      throw unreadable(`Cannot read the Response: it has more than ${MAX_ELEMENTS} elements`, HINT);
    }
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
  } catch (error) {
    // Our own refusals, thrown inside a handler, go on as they are.
    if (error instanceof UserError) throw error;
    // The parser's own words quote the text, and the text is a bearer token: they go no further, not
    // even as the cause.
    throw unreadable(
      "Cannot read the SAMLResponse that was posted: it is not well-formed XML",
      HINT,
    );
  }
  if (root === undefined) throw unreadable("Cannot read the Response: it has no element", HINT);
  return root;
}

/** An element while it is read. A class, since literals with a getter are slow to make by the thousand. */
class Node implements XmlElement {
  readonly namespace: string;
  readonly local: string;
  readonly attributes = new Map<string, string>();
  readonly children: Node[] = [];
  text = "";

  constructor({ uri, local, attributes }: SaxesTagNS) {
    this.namespace = uri;
    this.local = local;
    for (const name in attributes) this.attributes.set(name, attributes[name]?.value ?? "");
  }
}

/** The direct children of this name and namespace. */
export function childrenOf(
  element: XmlElement,
  namespace: string,
  local: string,
): readonly XmlElement[] {
  return element.children.filter((child) => child.local === local && child.namespace === namespace);
}

/** Every element below this one, and itself, in document order. */
export function* descendantsOf(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendantsOf(child);
}
