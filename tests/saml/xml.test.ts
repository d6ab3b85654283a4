import assert from "node:assert/strict";
import { ExitCode } from "../../src/errors.ts";
import { childrenOf, descendantsOf, parseXml } from "../../src/saml/xml.ts";
import { userErrorOf } from "../support/checks.ts";

Deno.test("parseXml: namespaces by URI, whatever the prefixes", () => {
  const root = parseXml('<p:a xmlns:p="urn:1" xmlns="urn:2"><b/><p:b xmlns:p="urn:3"/></p:a>');
  assert.deepEqual([root.namespace, root.local], ["urn:1", "a"]);
  assert.deepEqual(root.children.map((each) => each.namespace), ["urn:2", "urn:3"]);
  assert.equal(childrenOf(root, "urn:3", "b")[0], root.children[1]);
  assert.deepEqual(childrenOf(root, "urn:1", "b"), []);
  assert.deepEqual([...descendantsOf(root)].map((each) => each.local), ["a", "b", "b"]);
  assert.equal(parseXml("<a/>").namespace, "");
});

Deno.test("parseXml: text is whole across comments, CDATA, entities and instructions", () => {
  for (
    const [xml, text] of [
      ["<a>one<!-- two -->three</a>", "onethree"],
      ["<a>one<![CDATA[ <b>&amp; ]]>two</a>", "one <b>&amp; two"],
      ["<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x42;</a>", "<&>\"'AB"],
      ["<a>one<?x y?>two</a>", "onetwo"],
      ["<a>one<b>not this</b>two</a>", "onetwo"],
      ["<a>]]&gt;</a>", "]]>"],
      ["<a>one\r\ntwo\rthree</a>", "one\ntwo\nthree"],
      ["<a></a>", ""],
    ] as const
  ) assert.equal(parseXml(xml).text, text, xml);
});

Deno.test("parseXml: attributes of any name, prototypes' too", () => {
  const { attributes } = parseXml(
    '<a __proto__="1" constructor="2" x:ID="3" xmlns:x="u" ID="&#52;"/>',
  );
  assert.deepEqual(
    ["__proto__", "constructor", "x:ID", "ID", "toString"].map((name) => attributes.get(name)),
    ["1", "2", "3", "4", undefined],
  );
});

Deno.test("parseXml: what is not one well-formed document is refused without quoting it", () => {
  for (
    const xml of [
      "",
      "  ",
      "plain text with FixtureSecret",
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "<a/>FixtureSecret",
      "FixtureSecret<a/>",
      "<a><b></a></b>",
      '<a x="1" x="2"/>',
      '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>',
      "<p:a/>",
      // The parser itself would take these for "u" and "v".
      '<p:a xmlns:p="\ufeffu"/>',
      '<a xmlns="v "/>',
      '<a><b xmlns:q="&#10;u"/></a>',
      '<p:. xmlns:p="u"/>',
      '<a xmlns:p="u" p:1="x"/>',
      '<a xmlns:-p="u"/>',
      "<a p:x='1'/>",
      "<a>&FixtureSecret;</a>",
      "<a>&nbsp;</a>",
      "<a>&#0;</a>",
      "<a>&#27;[2J</a>",
      "<a>\x1b[2J</a>",
      "<a>\0</a>",
      "<a>&#xD800;</a>",
      "<a>&#x110000;</a>",
      "<a x=1/>",
      '<a x="<"/>',
      "<a>]]></a>",
      "<a><!-- -- --></a>",
      "<a><![CDATA[</a>",
      " <?xml version='1.0'?><a/>",
      "<?xml version='1.0'?><?xml version='1.0'?><a/>",
      "{}",
      "<FixtureSecret attribute='FixtureSecret",
    ]
  ) {
    const error = userErrorOf(() => parseXml(xml));
    assert.equal(error.exitCode, ExitCode.BAD_ASSERTION, xml);
    assert.equal(error.cause, undefined, "the parser's own words quote the text");
  }
});

Deno.test("parseXml: a DOCTYPE is refused, whatever is in it", () => {
  for (
    const doctype of [
      "<!DOCTYPE a>",
      '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
      '<!DOCTYPE a PUBLIC "x" "http://127.0.0.1:9/x.dtd">',
      '<!DOCTYPE a [<!ENTITY x "y">]>',
      '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
      "<!DOCTYPE a [<!ATTLIST a ID ID #IMPLIED>]>",
    ]
  ) {
    const error = userErrorOf(() => parseXml(`${doctype}<a>&x;</a>`));
    assert.match(error.message, /has a DOCTYPE, which SAML forbids/);
  }
  assert.throws(() => parseXml("<!doctype a><a/>"));
});

// Text of XML 1.1 may hold escape characters, and it breaks lines elsewhere than XML 1.0 does.
Deno.test("parseXml: a document that says it is XML 1.1 is read by the rules of 1.0", () => {
  assert.throws(() => parseXml('<?xml version="1.1"?><a>&#27;[2J</a>'));
  assert.equal(parseXml('<?xml version="1.1"?><a>one\u0085two</a>').text, "one\u0085two");
});

Deno.test("parseXml: 64 elements within each other and 20,000 in all are read, and no more", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
  assert.equal([...descendantsOf(parseXml(nested(64)))].length, 64);
  assert.match(userErrorOf(() => parseXml(nested(65))).message, /nested deeper than 64/);
  const many = (count: number) => `<a>${"<b/>".repeat(count - 1)}</a>`;
  assert.equal(parseXml(many(20_000)).children.length, 19_999);
  assert.match(userErrorOf(() => parseXml(many(20_001))).message, /more than 20000 elements/);
});

Deno.test("parseXml: what is much too deep, too many or too long is refused or read at once", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
  for (
    const xml of [
      "<a>".repeat(100_000),
      nested(100_000),
      "<a " + Array.from({ length: 20_000 }, (_, at) => `a${at}=""`).join(" ") + "/>",
      `<a ${"x='' ".repeat(20_000)}/>`,
      `<a>${"&lt;<!-- -->".repeat(100_000)}</a>`,
      `<a>${" ".repeat(1_000_000)}</a>`,
      "<".repeat(1_000_000),
      "<!".repeat(500_000),
      `<${"a".repeat(1_000_000)}/>`,
    ]
  ) {
    const start = performance.now();
    try {
      parseXml(xml);
    } catch {
      // Refused or not: it must be quick.
    }
    assert.ok(performance.now() - start < 2000, xml.slice(0, 40));
  }
});

Deno.test("parseXml: what has no element at all says so, in the caller's own error", () => {
  for (const xml of ["<?xml version='1.0'?>", "<!-- x -->", ""]) {
    assert.throws(
      () => parseXml(xml, (reason) => new RangeError(reason)),
      { name: "RangeError", message: /^it (has no elements|is not well-formed XML)$/ },
    );
  }
});

Deno.test("parseXml: the reason is told, and only a namespace may have no blanks at its ends", () => {
  const fail = (reason: string) => new RangeError(reason);
  for (
    const [xml, message] of [
      ['<a xmlns="v "/>', "a namespace in it has white space at its ends"],
      ['<a xmlns:p=" v"/>', "a namespace in it has white space at its ends"],
      ['<p:. xmlns:p="u"/>', "it is not well-formed XML"],
      ['<a xmlns:p="u" p:1="x"/>', "it is not well-formed XML"],
    ] as const
  ) assert.throws(() => parseXml(xml, fail), { name: "RangeError", message });
  assert.equal(parseXml('<a myxmlns=" v " xmlnsx=" v "/>').attributes.get("myxmlns"), " v ");
});

Deno.test("descendantsOf: in document order, however deep", () => {
  const root = parseXml("<a><b><c/><d/></b><e><f/></e><g/></a>");
  assert.equal(descendantsOf(root).map(({ local }) => local).join(""), "abcdefg");
});
