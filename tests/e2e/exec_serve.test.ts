/** `exec --serve`: the endpoint while its command runs, over sessions that end meanwhile. */

import assert from "node:assert/strict";
import { CALLER, meetingTest, roleArgs, ROLES } from "../support/callers.ts";
import { driverEnv } from "../support/driver.ts";
import { eventually } from "../support/eventually.ts";
import { peer } from "../support/peers.ts";
import { peersTest } from "../support/peers_together.ts";
import { onTerminal, ptyPeer, shellLine } from "../support/pty.ts";
import { portIsFree, rawConnection } from "../support/raw_http.ts";
import { ask, keyGiven, ServingScene, type Told } from "../support/serving.ts";
import { assertFailed, endOf } from "../support/sign_ins.ts";

const portOf = ({ url }: Told) => Number(new URL(url).port);

function servingTest(name: string, body: (scene: ServingScene) => Promise<void>): void {
  peersTest(["faketime"], name, async () => {
    await using scene = await ServingScene.set();
    await body(scene);
  });
}

servingTest(
  "exec --serve: a hundred requests when the session is over are one sign-in; then they get the new one",
  async (scene) => {
    const { meeting, meeting: { stage: { sts } } } = scene;
    const { driver, told } = await scene.serving();
    await keyGiven(told, scene.keys[0]);
    await scene.at(61);
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(told)));
    for (const { status, body } of answers) {
      assert.deepEqual([status, body.code], [503, "sign-in-pending"]);
    }
    await scene.signIn(2);
    await keyGiven(told, scene.keys[1]);
    const [, handedOut] = sts.handedOut;
    assert.deepEqual(await ask(told), {
      status: 200,
      body: {
        AccessKeyId: handedOut?.accessKeyId,
        SecretAccessKey: handedOut?.secretAccessKey,
        Token: handedOut?.sessionToken,
        Expiration: new Date(handedOut?.expiration ?? 0).toISOString().replace(".000Z", "Z"),
        AccountId: handedOut?.account,
      },
    });
    assert.equal(meeting.openings(), 2);
    assert.equal(sts.handedOut.length, 2);
    await scene.stop();
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 7, stderr);
    const renewal = stderr.slice(stderr.indexOf("The AWS session for role"));
    assert.match(renewal, /^.* is over: sign in to renew it\nOpening your browser/);
    assert.doesNotMatch(renewal, /Ctrl-C/);
    assert.match(renewal, /\nSigned in as .*\n$/);
    assert.ok(portIsFree(portOf(told)), "it ends with the command");
  },
);

servingTest(
  "exec --serve: the old session is given out during a sign-in; the role that was picked stays",
  async (scene) => {
    const driver = scene.call(scene.words({ role: ["--role-filter", "*"] }));
    const tab = await scene.picker(1);
    await tab.choose(tab.roles[1]?.name ?? "");
    const told = await scene.told();
    await scene.at(46);
    await keyGiven(told, scene.keys[0]);
    // Of 75 roles.
    await scene.signIn(2);
    await keyGiven(told, scene.keys[1]);
    const [before, after] = scene.meeting.stage.sts.handedOut;
    assert.equal(after?.arn, before?.arn);
    await scene.stop();
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /ends at .* \(in 1[34] minutes\): sign in to renew it/);
  },
);

servingTest(
  "exec --serve: where it may not sign in it says what to run, and takes what that has cached",
  async (scene) => {
    const { meeting } = scene;
    const login = [...meeting.shared, ...roleArgs(ROLES[0])];
    const first = scene.call(login);
    await scene.signIn(1);
    assert.equal((await endOf(first)).code, 0);
    const driver = scene.call(scene.words({ args: ["--no-interactive"] }));
    const told = await scene.told();
    await scene.at(61);
    const { status, body } = await ask(told);
    assert.deepEqual([status, body.Code], [400, "sign-in-needed"]);
    assert.match(body.Message ?? "", /^A sign-in is needed for arn:\S+\. Sign in with: .* login /);
    assert.doesNotMatch(body.Message ?? "", /--serve|--no-interactive/);
    await driver.waitFor("Warning: The AWS session was not renewed: A sign-in is needed");
    assert.equal(meeting.openings(), 1);
    const second = scene.call(login);
    await scene.signIn(2);
    assert.equal((await endOf(second)).code, 0);
    await keyGiven(told, scene.keys[1]);
    await scene.stop();
    assert.equal((await endOf(driver)).code, 7);
  },
);

servingTest(
  "exec --serve: --no-cache renews by itself, and the end of the command ends a sign-in",
  async (scene) => {
    const { driver, told } = await scene.serving({ args: ["--no-cache"] });
    await scene.at(61);
    await ask(told);
    await scene.signIn(2);
    await keyGiven(told, scene.keys[1]);
    await scene.at(130);
    await ask(told);
    await scene.meeting.opened(3);
    await scene.stop();
    const { code, stderr } = await endOf(driver);
    assert.equal(code, 7, stderr);
    assert.doesNotMatch(stderr, /not renewed/);
    await scene.meeting.over();
  },
);

servingTest(
  "attack: somebody else's assertion is posted when a session is renewed",
  async (scene) => {
    // Settings of the sign-in that named no role.
    const driver = scene.call(scene.words({ role: [] }));
    const tab = await scene.picker(1);
    await tab.choose(tab.roles[0]?.name ?? "");
    const told = await scene.told();
    await scene.at(61);
    await ask(told);
    const { status } = await scene.signIn(2, { user: "half" });
    assert.equal(status, 303, "to a question");
    assert.equal((await ask(told)).status, 503);
    assert.equal(scene.keys.length, 1);
    await scene.stop();
    assert.equal((await endOf(driver)).code, 7);
  },
);

servingTest(
  "attack: a web page, or a program without the token, asks the endpoint",
  async (scene) => {
    const { driver, told } = await scene.serving();
    const port = portOf(told);
    const path = new URL(told.url).pathname;
    const right = `Authorization: ${told.token}\r\n`;
    const head = (host: string, more = right) =>
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
    for (
      const text of [
        head(`127.0.0.1:${port}`, ""),
        head(`localhost:${port}`),
        head("evil.example"),
        head(`127.0.0.1:${port}`).replace("GET", "POST"),
      ]
    ) {
      using connection = await rawConnection(port, { text });
      const answer = await connection.until("\r\n\r\n");
      assert.match(answer, /^HTTP\/1\.1 404 /);
      assert.doesNotMatch(answer, /access-control|ASIA|FixtureSecret/i);
    }
    await keyGiven(told, scene.keys[0]);
    driver.kill("SIGKILL");
    await eventually("the port to be free", () => portIsFree(port) || undefined);
    const { stdout, stderr } = await endOf(driver);
    assert.ok(!(stdout + stderr).includes(told.token));
  },
);

meetingTest(
  "exec --serve: beside a profile default whose credentials tools would use nobody signs in",
  async (meeting) => {
    await Deno.mkdir(`${meeting.stage.home}/.aws`);
    await Deno.writeTextFile(
      `${meeting.stage.home}/.aws/credentials`,
      "[default]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n",
    );
    const words = ["exec", "--serve", ...meeting.shared, ...roleArgs(ROLES[0]), "--", "true"];
    const ended = await endOf(meeting.call(words));
    assertFailed(ended, { code: 2, says: /^Cannot use --serve: AWS tools would use/ });
    assert.equal(meeting.openings(), 0);
  },
);

const pty = ptyPeer();
const clock = peer("faketime");
Deno.test({
  name:
    "exec --serve: on a terminal a renewal is said in plain lines, and Ctrl-C is the command's" +
    (pty.found && clock.found ? "" : " (no terminal, or no faketime)"),
  ignore: !pty.found || !clock.found,
  fn: async () => {
    await using scene = await ServingScene.set();
    const { meeting: { stage: { home, env } } } = scene;
    // Else dash may take the signal that ended its sleep for one more.
    const script =
      "trap 'echo trapped; exit 5' INT; while kill -0 $PPID; do sleep 0.05 & wait $!; done";
    await using terminal = onTerminal(
      `exec ${shellLine([...CALLER.command, ...scene.words({ script })])}`,
      driverEnv({
        home,
        env: { ...env, ...scene.env, XDG_CACHE_HOME: `${home}/cache`, TERM: "xterm" },
      }),
    );
    await scene.signIn(1);
    const told = await scene.told();
    const before = terminal.shown().length;
    await scene.at(61);
    await ask(told);
    await scene.signIn(2);
    await terminal.waitFor(/is over: sign in to renew it[^]*Signed in as/);
    const since = terminal.shown().slice(before);
    assert.ok(!since.includes("\x1b[2K"), "nothing is drawn over");
    assert.doesNotMatch(since, /Ctrl-C|Waiting/);
    await terminal.type("\x03");
    await terminal.waitFor("trapped");
    assert.equal(await terminal.ended, 5);
  },
});
