/** The wrapper scripts in every shell that they are for, with a stand-in for the driver. */

import assert from "node:assert/strict";
import { FAKE_SECRETS } from "../support/fakes.ts";
import { peerTest } from "../support/peers.ts";
import {
  changed,
  CHANGES,
  exported,
  FISH,
  leftBehind,
  sourceLine,
  SOURCING,
  type Sourcing,
  Theatre,
  watched,
  wrapper,
} from "./sourced.ts";

const ALL = [...SOURCING, FISH];

function test(
  shell: Sourcing,
  title: string,
  fn: (theatre: Theatre, path: string) => Promise<void>,
): void {
  peerTest(shell.peer, `wrapper: ${shell.name}: ${title}`, async (path) => {
    using theatre = new Theatre();
    theatre.succeeds(shell.shell);
    await fn(theatre, path);
  });
}

/** Options that a caller may have set, in words of the script. */
function settings(shell: Sourcing): readonly string[] {
  if (shell.shell === "fish") return ["", "set -x fish_trace 1", "set IFS"];
  return [
    "",
    "set -eu",
    "set -eux",
    "set -euv",
    "set -a; set -f; set -C",
    "IFS=0123456789r; OPTIND=3",
    ...(shell.name === "dash" ? [] : ["set -eu; set -o pipefail"]),
    ...(shell.name === "zsh"
      ? ["setopt ksh_arrays sh_word_split err_return; set -x", "emulate sh; set -eu"]
      : []),
    ...(shell.peer === "bash" ? ["set -eu; shopt -s nullglob failglob; set -T"] : []),
  ];
}

const EXPECTED = { ...Object.fromEntries(CHANGES.set), AWS_CONFIG_FILE: "/kept" };
const ARGS = "-r 'eu central' -a role -pprovider -c --duration-seconds 900 -- -c 'a  b' '*'";
const DRIVER_ARGS = [
  ...["--region", "eu central", "--role-arn", "role", "--saml-provider-arn", "provider"],
  ...["--console", "--duration-seconds", "900", "-c", "a  b", "*"],
];

// A redirection of what is not there ended the wrapper before it began, and with it dash.
for (const shell of SOURCING) {
  test(shell, "works where stderr is closed", async (theatre, path) => {
    const script = watched(shell, "exec 2>&-", sourceLine(shell, ARGS));
    const { code, stdout } = await theatre.run(shell, path, script);
    assert.equal(code, 0);
    assert.equal(stdout, "");
    assert.deepEqual(exported(theatre), EXPECTED);
    assert.deepEqual(leftBehind(theatre), []);
  });
}

for (const shell of ALL) {
  for (const before of settings(shell)) {
    const how = before === "" ? "" : ` (${before})`;

    test(
      shell,
      `sets the variables and leaves nothing else behind${how}`,
      async (theatre, path) => {
        const { code, stdout, stderr } = await theatre.run(
          shell,
          path,
          watched(shell, before, sourceLine(shell, ARGS)),
        );
        assert.equal(code, 0, stderr);
        assert.equal(stdout, "");
        assert.deepEqual(exported(theatre), EXPECTED);
        assert.deepEqual(leftBehind(theatre), []);
        assert.deepEqual(theatre.driverArgs(), ["env", "--shell", shell.shell, ...DRIVER_ARGS]);
        assert.match(stderr, /^the driver speaks$/m);
        if (!/-\w*[xv]|trace/.test(before)) assert.equal(stderr, "the driver speaks\n");
        for (const secret of FAKE_SECRETS) {
          assert.ok(!stderr.includes(secret), `a secret is shown:\n${stderr}`);
        }
      },
    );

    test(shell, `a failure changes nothing and is returned${how}`, async (theatre, path) => {
      theatre.does(`cat "$here/text"; exit 9`);
      const line = sourceLine(shell, ARGS);
      const look = shell.shell === "fish"
        ? `${line}; or echo "returned $status" >said`
        : `${line} || echo "returned $?" >|said`;
      const { code, stdout, stderr } = await theatre.run(shell, path, watched(shell, before, look));
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "");
      assert.equal(theatre.read("said"), "returned 9\n");
      assert.deepEqual(changed(theatre), []);
      for (const secret of FAKE_SECRETS) assert.ok(!stderr.includes(secret), stderr);
    });
  }
}

for (const shell of SOURCING) {
  test(shell, "set -e ends a caller that does not look at the failure", async (theatre, path) => {
    theatre.does("exit 9");
    for (const line of [sourceLine(shell), `f() { ${sourceLine(shell)}; echo on; }\nf`]) {
      const { code, stdout } = await theatre.run(
        shell,
        path,
        `set -e\nin_function() { . ${wrapper(shell)}; }\n${line}\necho on`,
      );
      assert.deepEqual({ code, stdout }, { code: 9, stdout: "" });
    }
  });

  test(shell, "without set -e the caller goes on, with the code in $?", async (theatre, path) => {
    theatre.does("exit 9");
    const { code, stdout } = await theatre.run(
      shell,
      path,
      `f() { . ${wrapper(shell)}; }
f; echo "function $?"
. ${wrapper(shell)}; echo "file $?"
if . ${wrapper(shell)}; then echo yes; else echo no; fi`,
    );
    assert.equal(stdout, "function 9\nfile 9\nno\n");
    assert.equal(code, 0);
  });

  test(shell, "a trace of all the caller does holds no secret", async (theatre, path) => {
    const { stderr } = await theatre.run(
      shell,
      path,
      `set -x\n. ${wrapper(shell)}\nset +x; test "$AWS_SECRET_ACCESS_KEY"`,
    );
    assert.match(stderr, /^\+.* \. \.\/scripts/m, "tracing was on");
    assert.match(stderr, /^\+.* set \+x$/m, "and is on again");
    for (const secret of FAKE_SECRETS) assert.ok(!stderr.includes(secret), stderr);
  });
}

peerTest("bash", "wrapper: bash: a trace that goes elsewhere is refused", async (path) => {
  using theatre = new Theatre();
  const [bash] = SOURCING;
  assert.ok(bash);
  const { code, stderr } = await theatre.run(
    bash,
    path,
    `exec 7>trace; BASH_XTRACEFD=7; set -x; . ${wrapper(bash)}`,
  );
  assert.equal(code, 2);
  assert.match(stderr, /^saml_aws_environment.sh: BASH_XTRACEFD would get the secrets/);
  for (const secret of FAKE_SECRETS) assert.ok(!theatre.read("trace").includes(secret));
});

for (const shell of ALL) {
  const knownFirst = [
    ["-r", /^saml_aws_environment\.\w+: -r needs a value\nUsage: /],
    ["-c -x", /^saml_aws_environment\.\w+: unknown option -x\nUsage: /],
    ["-cq", /^saml_aws_environment\.\w+: unknown option -q\nUsage: /],
  ] as const;
  for (const [args, says] of knownFirst) {
    test(shell, `${args} is refused before the driver starts`, async (theatre, path) => {
      const { code, stdout, stderr } = await theatre.run(
        shell,
        path,
        shell.shell === "fish"
          ? `${sourceLine(shell, args)}; exit $status`
          : `in_function() { . ${wrapper(shell)}; }; ${sourceLine(shell, args)}`,
      );
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, says);
      assert.equal(theatre.driverArgs(), undefined);
    });
  }

  test(shell, "letters behind one dash are taken one by one", async (theatre, path) => {
    const run = watched(shell, "", sourceLine(shell, "-ccr eu -cax"));
    await theatre.run(shell, path, run);
    assert.deepEqual(theatre.driverArgs()?.slice(3).toSorted(), [
      ...["--console", "--console", "--console", "--region", "--role-arn", "eu", "x"],
    ]);
  });

  test(shell, "-h says how it is used, and changes nothing", async (theatre, path) => {
    const { code, stderr } = await theatre.run(
      shell,
      path,
      watched(shell, "", sourceLine(shell, "-h")),
    );
    assert.equal(code, 0);
    assert.match(stderr, /^Usage: .*-r REGION -a ROLE_ARN -p PROVIDER_ARN \[-c\]/);
    assert.equal(theatre.driverArgs(), undefined);
    assert.deepEqual(changed(theatre), []);
  });

  test(shell, "what is not the driver's code is not run", async (theatre, path) => {
    theatre.prints("touch ran\n");
    const after = shell.shell === "fish" ? "; or echo $status >said" : ' || echo "$?" >said';
    const line = sourceLine(shell, "--version") + after;
    const { stderr } = await theatre.run(shell, path, watched(shell, "", line));
    assert.match(stderr, /stssamldriver printed no variables, so nothing was set$/m);
    assert.equal(theatre.read("said"), "2\n");
    assert.throws(() => theatre.read("ran"));
    assert.deepEqual(changed(theatre), []);
  });

  test(
    shell,
    "a driver that delivers elsewhere prints nothing, which is fine",
    async (theatre, path) => {
      theatre.prints("");
      const line = sourceLine(shell, "--profile-to-update x");
      const { code, stderr } = await theatre.run(
        shell,
        path,
        watched(shell, shell.shell === "fish" ? "" : "set -e", line),
      );
      assert.equal(code, 0);
      assert.equal(stderr, "the driver speaks\n");
      assert.deepEqual(changed(theatre), []);
    },
  );

  test(shell, "STSSAMLDRIVER_COMMAND names the driver", async (theatre, path) => {
    const { code, stderr } = await theatre.run(
      shell,
      path,
      watched(shell, "", sourceLine(shell)),
      { env: { PATH: "/usr/bin:/bin", STSSAMLDRIVER_COMMAND: "./dist/stssamldriver" } },
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(exported(theatre), EXPECTED);
  });

  test(shell, "a driver that is nowhere is 127", async (theatre, path) => {
    await Deno.rename(theatre.bin, `${theatre.folder}/elsewhere`);
    const { stderr, stdout } = await theatre.run(
      shell,
      path,
      `. ${wrapper(shell)}; echo ${shell.shell === "fish" ? "$status" : "$?"}`,
      { env: { PATH: "/usr/bin:/bin" } },
    );
    assert.equal(stdout, "127\n");
    assert.match(stderr, /stssamldriver is not in PATH; set STSSAMLDRIVER_COMMAND to its path/);
  });

  test(shell, "executed instead of sourced it says so, exit 2", async (theatre, path) => {
    const { code, stdout, stderr } = await theatre.run(shell, path, "", {
      flags: [wrapper(shell), "-r", "x"],
    });
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /: source this file instead of running it, or its variables are lost\nUsage:/,
    );
    assert.equal(theatre.driverArgs(), undefined);
  });

  if (!shell.knowsFolder) continue;
  for (const way of ["by its path", "by PATH"]) {
    test(shell, `the driver in ../dist is found, sourced ${way}`, async (theatre, path) => {
      if (shell.shell === "fish" && way === "by PATH") return;
      const file = `saml_aws_environment.${shell.shell}`;
      await Deno.mkdir(`${theatre.folder}/other`);
      const { code, stderr } = await theatre.run(
        shell,
        path,
        way === "by PATH" ? `cd other; . ${file}; exit $?` : `cd other; . ../scripts/${file}`,
        { env: { PATH: `${theatre.folder}/scripts:/usr/bin:/bin` } },
      );
      assert.equal(code, 0, stderr);
      assert.deepEqual(theatre.driverArgs(), ["env", "--shell", shell.shell]);
    });
  }
}

test(FISH, "set -e has no counterpart, the code is in $status", async (theatre, path) => {
  theatre.does("exit 9");
  const { stdout } = await theatre.run(
    FISH,
    path,
    `function f; source ${wrapper(FISH)} $argv; end
f; echo "function $status"
source ${wrapper(FISH)}; echo "file $status"
if source ${wrapper(FISH)}; echo yes; else; echo no; end`,
  );
  assert.equal(stdout, "function 9\nfile 9\nno\n");
});
