import assert from "node:assert/strict";
import { writtenRisk } from "../../../src/cli/settings/process_profile.ts";
import { ExitCode } from "../../../src/errors.ts";

const KOREAN = { LC_ALL: "ko_KR.CP949" };
const deps = (self: string, env: Readonly<Record<string, string>>) => ({
  self: [self],
  os: "linux" as const,
  env: (name: string) => env[name],
});

Deno.test("writtenRisk: names what has the letters, and what to do", () => {
  const home = "/home/사용자";
  const self = `${home}/bin/stssamldriver`;
  const line = { credential_process: `/"home/사용자/bin/stssamldriver" --cache` };
  const risk = writtenRisk(line, deps(self, KOREAN)) ?? assert.fail();
  assert.equal(risk.kind, "reject");
  assert.equal(risk.error.exitCode, ExitCode.USAGE);
  assert.match(
    risk.error.message,
    /"\/home\/사용자\/bin\/stssamldriver".*AWS CLI.*LC_ALL=ko_KR\.CP949/,
  );
  assert.match(risk.error.hint ?? "", /Move the executable to a path of plain letters/);

  const ofFlag = { credential_process: `/opt/x --policy-file "/home/José/p.json"` };
  const other = writtenRisk(ofFlag, deps("/opt/x", KOREAN)) ?? assert.fail();
  assert.match(other.error.message, /"\/home\/José\/p\.json"/);
  assert.doesNotMatch(other.error.hint ?? "", /executable/);

  const key = { credential_process: "/opt/x --profile dev", stssamldriver_idp: "https://idp/ü" };
  assert.match(
    writtenRisk(key, deps("/opt/x", {}))?.reason ?? "",
    /^stssamldriver_idp has letters/,
  );
  assert.equal(writtenRisk({ credential_process: "/opt/x" }, deps("/opt/x", KOREAN)), undefined);
});
