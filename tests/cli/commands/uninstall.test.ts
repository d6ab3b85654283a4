import assert from "node:assert/strict";
import { removal } from "../../../src/cli/commands/uninstall.ts";

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
