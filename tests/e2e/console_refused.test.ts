/** What the console's flags cannot be is said before the port is taken and before anybody signs in. */

import assert from "node:assert/strict";
import {
  portsHolder,
  runKept,
  setConsoleStage,
  signInToConsole,
} from "../support/console_stage.ts";
import { assertFailed, someAtATime } from "../support/sign_ins.ts";

const CONSOLE = "https://console.aws.amazon.com";

/** Flags, what is said, and whether it shows without a role too. */
const REFUSED: readonly (readonly [readonly string[], RegExp, boolean?])[] = [
  [["--console-destination", "https://evil.example/"], /evil\.example is not console\.aws/, true],
  [["--console-destination", "javascript:alert(1)"], /neither a URL nor the name/, true],
  [["--console-destination", "data:text/html,x"], /neither a URL nor the name/, true],
  [["--console-destination", "//evil.example/"], /neither a URL nor the name/, true],
  [["--console-destination", "/ec2/home"], /neither a URL nor the name/, true],
  [["--console-destination", `${CONSOLE}@evil.example/`], /user name or password/, true],
  [
    ["--console-destination", "https://me:x@console.aws.amazon.com/"],
    /user name or password/,
    true,
  ],
  [["--console-destination", `${CONSOLE}.evil.example/`], /evil\.example is not/, true],
  [["--console-destination", `${CONSOLE}:8443/`], /8443 is not/, true],
  [
    ["--console-destination", "http://console.aws.amazon.com/"],
    /starts with http:\/\/ instead of https:\/\//,
    true,
  ],
  [["--console-destination", "https:\\\\evil.example"], /backslash/, true],
  // Right for another partition: only the role tells.
  [["--console-destination", "https://console.amazonaws.cn/s3"], /is not console\.aws/],
  [["--console-duration", "899"], /--console-duration/, true],
  [["--console-duration", "43201"], /--console-duration/, true],
  [["--console-duration", "an hour"], /--console-duration/, true],
  [["--console-url", "http://console.example"], /--console-url/, true],
  [["--console-url", "javascript:x"], /--console-url/, true],
  // These came to light only after the person had signed in.
  [
    ["--signin-url", "http://signin.example"],
    /must start with https:\/\/ or be on this machine/,
    true,
  ],
  [["--signin-url", "https://me:x@signin.example"], /must only have a host and a path/, true],
  [
    ["--signin-url", "https://signin.example/federation?x=1"],
    /must only have a host and a path/,
    true,
  ],
  [["--region", "cn-north-1"], /cn-north-1/],
];

Deno.test("console and --console: exit 2, though the port is somebody else's, and nobody is asked", async () => {
  await using scene = await setConsoleStage();
  const { stage, federation } = scene;
  // A driver that came as far as the port would end with 3.
  using _holders = portsHolder(stage.port);
  const runs = REFUSED.flatMap(([flags, says, always = false]) => {
    const places = always ? [stage.args, ["--port", String(stage.port)]] : [stage.args];
    return places.flatMap((place) => [
      { words: ["console", ...place, ...flags], says },
      { words: [...place, "--console", ...flags], says },
    ]);
  });
  await someAtATime(runs, 8, async ({ words, says }) => {
    const end = await runKept(scene, words);
    assert.equal(end.code, 2, `${words.join(" ")}: ${end.stderr}`);
    assertFailed(end, { code: 2, says });
  });
  assert.equal(stage.sts.calls.length + federation.calls.length, 0);
});

Deno.test("console: where it lands, for how long, and for whom", async () => {
  for (
    const [flags, path, duration] of [
      [[], "/console/home", undefined],
      [["--console-destination", "ec2"], "/ec2/home", undefined],
      [
        ["--console-destination", "S3", "--region", "eu-west-1"],
        "/s3/home?region=eu-west-1",
        undefined,
      ],
      [["--console-destination", "URL", "--console-duration", "900"], "/deep/x?a=1&b=2#top", "900"],
      [["--console-duration", "43200"], "/console/home", "43200"],
    ] as const
  ) {
    await using scene = await setConsoleStage();
    const { stage, federation, urls } = scene;
    const given = flags.map((flag) =>
      flag === "URL" ? `${federation.url}/deep/x?a=1&b=2#top` : flag
    );
    const issuer = `${stage.idp.startUrl}?app=a&b=c%20d`;
    const words = ["console", "--no-cache", "--issuer", issuer, ...stage.args, ...urls, ...given];
    const end = await signInToConsole(scene, words);
    assert.equal(end.code, 0, end.stderr);
    const query = new URL(end.login ?? "").searchParams;
    assert.deepEqual([...query.keys()], ["Action", "Issuer", "Destination", "SigninToken"]);
    assert.equal(query.get("Destination"), `${federation.url}${path}`);
    assert.equal(query.get("Issuer"), issuer);
    assert.equal(query.get("SigninToken"), federation.tokens[0]);
    const asked = federation.calls[0]?.duration;
    if (duration !== undefined) assert.equal(asked, duration);
    // As long as the credentials live: an hour, less what the sign-in took.
    else assert.ok(Number(asked) > 3500 && Number(asked) <= 3600, String(asked));
  }
});

Deno.test("console: in a partition whose console is not public the flag that gives it is named at once", async () => {
  await using scene = await setConsoleStage();
  const role = ["--role-arn", "arn:aws-iso:iam::111122223333:role/Dev"];
  const port = ["--port", String(scene.stage.port)];
  const end = await runKept(scene, ["console", ...role, ...port]);
  assertFailed(end, { code: 2, says: /console of partition aws-iso:/ });
  assert.match(end.stderr, /--console-url/);
});
