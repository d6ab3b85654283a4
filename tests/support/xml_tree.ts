/**
 * XML text as a tree with namespaces and positions, for the STS stand-in and for tests. Strict, and no
 * DOCTYPE; what the program itself reads goes through `src/saml`, so that neither hides the other's fault.
 *
 * @module
 */

import { SaxesParser } from "saxes";

/** An element. Comments and processing instructions are dropped, CDATA is text. */
export interface XmlElement {
  readonly local: string;
  readonly uri: string;
  /** By local name for attributes without a namespace, `{uri}local` for the others. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The declarations in scope: prefix (empty for the default) to namespace. */
  readonly scope: ReadonlyMap<string, string>;
  readonly parent: XmlElement | undefined;
  readonly children: XmlElement[];
  /** The text of this element alone, without that of its children. */
  text: string;
  /** Where the element stands in the text: `xml.slice(start, end)`. */
  readonly start: number;
  /** Where its start tag ends. */
  readonly bodyStart: number;
  end: number;
}

const DEPTH_LIMIT = 200;

/**
 * Parses a document.
 *
 * @throws Error when it is not well formed, has a DOCTYPE, or is nested deeper than 200
 */
export function parseXml(xml: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  let root: XmlElement | undefined;
  let here: XmlElement | undefined;
  let depth = 0;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("doctype", () => {
    throw new Error("DOCTYPE is not allowed");
  });
  parser.on("opentag", (tag) => {
    if (++depth > DEPTH_LIMIT) throw new Error("Nested too deeply");
    const attributes = new Map<string, string>();
    const scope = new Map(here?.scope);
    for (const { prefix, local, uri, value } of Object.values(tag.attributes)) {
      if (prefix === "xmlns") scope.set(local, value);
      else if (prefix === "" && local === "xmlns") scope.set("", value);
      else attributes.set(uri === "" ? local : `{${uri}}${local}`, value);
    }
    const element: XmlElement = {
      local: tag.local,
      uri: tag.uri,
      attributes,
      scope,
      parent: here,
      children: [],
      text: "",
      // A raw "<" cannot stand within a tag, so the last one is where this tag began.
      start: xml.lastIndexOf("<", parser.position - 1),
      bodyStart: parser.position,
      end: parser.position,
    };
    here?.children.push(element);
    root ??= element;
    here = element;
  });
  parser.on("closetag", () => {
    depth--;
    if (here === undefined) return;
    here.end = parser.position;
    here = here.parent;
  });
  const addText = (text: string) => {
    if (here !== undefined) here.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.write(xml).close();
  if (root === undefined) throw new Error("No element");
  return root;
}

/** Every element of the tree that passes, the root included, in document order. */
export function findAll(
  root: XmlElement,
  passes: (element: XmlElement) => boolean,
): readonly XmlElement[] {
  const found = passes(root) ? [root] : [];
  return [...found, ...root.children.flatMap((child) => findAll(child, passes))];
}

/** The direct children of this name. */
export function childrenNamed(
  element: XmlElement,
  name: { readonly uri: string; readonly local: string },
): readonly XmlElement[] {
  return element.children.filter((it) => it.uri === name.uri && it.local === name.local);
}

/** The first direct child of this name. */
export function childNamed(
  element: XmlElement | undefined,
  name: { readonly uri: string; readonly local: string },
): XmlElement | undefined {
  return element && childrenNamed(element, name)[0];
}
