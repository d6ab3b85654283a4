import assert from "node:assert/strict";
import { type EncodingRisk, encodingRisk, isAscii } from "../../src/profiles/encoding.ts";

type Os = typeof Deno.build.os;

/** What the AWS CLI did with 한글 in each of these on Linux is seen; Windows is by Python's documentation. */
const CASES: readonly (readonly [
  os: Os,
  env: Record<string, string>,
  kind: EncodingRisk["kind"],
  says: RegExp,
])[] = [
  ["linux", { LANG: "en_US.UTF-8" }, "elsewhere", /AWS CLI and SDKs written in Ruby/],
  ["linux", { LANG: "C.utf8" }, "elsewhere", /locale that is not UTF-8/],
  [
    "linux",
    { LC_ALL: "ko_KR.CP949", LANG: "en_US.UTF-8" },
    "reject",
    /AWS CLI.*LC_ALL=ko_KR\.CP949/,
  ],
  [
    "linux",
    { LC_ALL: "", LC_CTYPE: "zh_CN.GBK", LANG: "C.UTF-8" },
    "reject",
    /LC_CTYPE=zh_CN\.GBK/,
  ],
  ["linux", { LC_CTYPE: "", LANG: "ja_JP.eucJP@x" }, "reject", /LANG=ja_JP\.eucJP@x/],
  [
    "linux",
    { LC_ALL: "en_US.UTF-8", LC_CTYPE: "zh_CN.GBK", LANG: "zh_CN.GBK" },
    "elsewhere",
    /./,
  ],
  ["linux", { LC_CTYPE: "UTF-8.UTF-8", LANG: "zh_CN.GBK" }, "elsewhere", /./],
  ["linux", { LANG: "ko_KR" }, "reject", /LANG=ko_KR/],
  ["linux", { LANG: "zh_TW.Big5" }, "reject", /./],
  ["linux", { LANG: "ja_JP.SJIS" }, "reject", /./],
  ["linux", { LANG: "zh_CN.GB18030" }, "reject", /./],
  ["darwin", { LANG: "ko_KR" }, "elsewhere", /./],
  ["darwin", { LANG: "ko_KR.eucKR" }, "reject", /./],
  ["linux", { LANG: "ko" }, "reject", /./],
  ["linux", { LANG: "naja_XX" }, "elsewhere", /./],
  // Only the whole name is that of an encoding, or of none.
  ["linux", { LANG: "ja_JP.EUC" }, "reject", /LANG=ja_JP\.EUC/],
  ["linux", { LANG: "th_TH.ISO8859-11" }, "reject", /./],
  ["linux", { LANG: "zh_TW.BIG5-UTF-8" }, "reject", /./],
  ["linux", { LANG: "de_DE.ISO-8859-1" }, "elsewhere", /./],
  ["linux", { LANG: "de_DE.ISO8859-15" }, "elsewhere", /./],
  ["linux", { LANG: "de_DE.iso88591" }, "elsewhere", /./],
  ["linux", { LANG: "ru_RU.KOI8-R" }, "elsewhere", /./],
  ["linux", { LANG: "uk_UA.koi8u" }, "elsewhere", /./],
  ["linux", { LANG: "de_DE@euro" }, "elsewhere", /./],
  ["linux", { LC_ALL: "C", LANG: "en_US.UTF-8" }, "elsewhere", /Ruby.*LC_ALL=C\b/],
  ["linux", { LANG: "POSIX" }, "elsewhere", /Ruby.*LANG=POSIX/],
  ["linux", {}, "elsewhere", /Ruby.*no locale is set/],
  ["linux", { LC_ALL: "C", PYTHONUTF8: "0" }, "reject", /AWS CLI.*PYTHONUTF8=0/],
  ["linux", { LC_ALL: "ko_KR.CP949", PYTHONUTF8: "1" }, "elsewhere", /./],
  ["linux", { LC_ALL: "ko_KR.CP949", PYTHONUTF8: "0" }, "reject", /./],
  ["windows", { LANG: "en_US.UTF-8" }, "guess", /code page/],
  ["windows", { PYTHONUTF8: "1" }, "elsewhere", /./],
];

Deno.test("encodingRisk: the locale by POSIX' order, Python's variable, and Windows", () => {
  for (const [os, env, kind, says] of CASES) {
    const risk = encodingRisk({ os, env: (name) => env[name] });
    assert.equal(risk.kind, kind, JSON.stringify(env));
    assert.match(risk.reason, says);
  }
});

Deno.test("isAscii: letters, and what looks like them", () => {
  assert.ok(isAscii("/opt/a b~\x7f\n"));
  for (const text of ["é", "e\u0301", "ａ", "\u00a0", "한"]) assert.ok(!isAscii(text), text);
});
