import assert from "node:assert/strict";
import { removal } from "../../../src/cli/commands/uninstall.ts";
import { ExitCode } from "../../../src/errors.ts";
import { onMachine } from "../../support/machine.ts";

for (
  const { path, os = "linux", says } of [
    { path: "/home/me/.local/bin/stssamldriver", says: "rm /home/me/.local/bin/stssamldriver" },
    { path: "/home/me/my tools/stssamldriver", says: "rm '/home/me/my tools/stssamldriver'" },
    { path: "/usr/bin/stssamldriver", says: "sudo apt remove stssamldriver" },
    { path: "/usr/local/bin/stssamldriver", says: "rm /usr/local/bin/stssamldriver" },
    {
      path: "/opt/homebrew/Cellar/stssamldriver/1.0.0/bin/stssamldriver",
      os: "darwin",
      says: "brew uninstall stssamldriver",
    },
    {
      path: "/home/linuxbrew/.linuxbrew/Cellar/stssamldriver/1.0.0/bin/stssamldriver",
      says: "brew uninstall stssamldriver",
    },
    {
      path: "C:\\Users\\me\\scoop\\apps\\stssamldriver\\current\\stssamldriver.exe",
      os: "windows",
      says: "scoop uninstall stssamldriver",
    },
    {
      path: "C:\\Users\\An Other\\stssamldriver.exe",
      os: "windows",
      says: "del 'C:\\Users\\An Other\\stssamldriver.exe'",
    },
  ] as const
) {
  Deno.test(`removal: of ${path}`, () => {
    assert.equal(
      removal({ self: [path], os, env: () => undefined }),
      `To finish, delete the program:\n  ${says}`,
    );
  });
}

Deno.test("removal: of what runs from its sources there is nothing", () => {
  const self = ["/usr/bin/deno", "run", "main.ts"];
  assert.match(removal({ self, os: "linux", env: () => undefined }), /no executable to delete$/);
});

Deno.test("uninstall: names the profiles that need it, deletes the cache, and says how to go on", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws`);
    const line = "credential_process = stssamldriver --role-arn x";
    const config = `${machine.home}/.aws/config`;
    Deno.writeTextFileSync(config, `[profile dev]\n${line}\n[profile other]\nregion = x\n`);
    const folder = `${machine.home}/xdg/stssamldriver`;
    Deno.mkdirSync(folder, { recursive: true });
    const env = { XDG_CACHE_HOME: `${machine.home}/xdg` };
    const dry = await machine.run(["uninstall", "--dry-run"], { env });
    assert.ok(dry.deps.out().includes(`Would delete the cache, ${folder}\n`), dry.deps.out());
    const { code, deps } = await machine.run(["uninstall"], { env });
    assert.equal(code, 0, deps.err());
    assert.match(deps.out(), /^These profiles run stssamldriver and stop working without it/);
    assert.ok(deps.out().includes(`  dev in ${config}\nDeleted the cache, ${folder}\n`));
    assert.match(deps.out(), /\nTo finish, delete the program:\n {2}rm stssamldriver\n$/);
    Deno.removeSync(`${machine.home}/.aws`, { recursive: true });
    const again = (await machine.run(["uninstall"], { env })).deps.out();
    assert.match(again, /^No profile runs stssamldriver\nThere is no cache to delete\n/);
  }));

Deno.test("uninstall: a file that cannot be read is a warning; a cache that cannot be deleted, an error", () =>
  onMachine(async (machine) => {
    Deno.mkdirSync(`${machine.home}/.aws/config`, { recursive: true });
    const { code, deps } = await machine.run(["uninstall"], { deps: { os: "linux" } });
    assert.equal(code, 0);
    assert.match(deps.err(), /Warning: Cannot show profiles: .*it is a folder/);
    Deno.writeTextFileSync(`${machine.home}/file`, "");
    const env = { XDG_CACHE_HOME: `${machine.home}/file` };
    const undeletable = await machine.run(["uninstall"], { env });
    assert.equal(undeletable.code, ExitCode.FILE);
    assert.match(undeletable.deps.err(), /Cannot delete .*\n.*it contains sessions in plain text/);
  }));
