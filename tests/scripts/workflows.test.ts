/** What GitHub runs, as far as it can be seen without GitHub: it is YAML, and what it names is there. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => Deno.readTextFileSync(ROOT + path);

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly "timeout-minutes": number }>
  >;
}

const WORKFLOWS = namesIn(".github/workflows");

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(ROOT + folder)].map(({ name }) => `${folder}/${name}`).toSorted();
}

for (const path of WORKFLOWS) {
  const { permissions, jobs }: Workflow = parse(read(path));
  const steps = Object.values(jobs).flatMap(({ steps }) => steps);

  Deno.test(`${path}: every task and file that it names is there`, () => {
    const { tasks } = JSON.parse(read("deno.json"));
    const run = steps.flatMap((step) => step.run ?? []).join("\n");
    const named = [...run.matchAll(/deno task ([\w:]+)/g)].map(([, task = ""]) => task);
    assert.ok(named.length > 0);
    for (const task of named) assert.ok(task in tasks, task);
    for (const [file] of run.matchAll(/(?:\.\/|scripts\/|docs\/|\.ci\/)[\w./-]+/g)) {
      assert.ok(existsSync(ROOT + file), file);
    }
  });

  Deno.test(`${path}: least permissions, no moving action, no foreign text in a shell`, () => {
    assert.deepEqual(permissions, { contents: "read" });
    for (const [name, job] of Object.entries(jobs)) assert.ok(job["timeout-minutes"] > 0, name);
    for (const { uses, run } of steps) {
      if (uses !== undefined) {
        assert.match(uses, /^[\w-]+\/[\w-]+@(?:v\d+(?:\.\d+)*|[0-9a-f]{40})$/);
      }
      // It would be put into the script before a shell reads it.
      assert.doesNotMatch(run ?? "", /\$\{\{/);
    }
  });

  Deno.test(`${path}: its Deno is the project's`, () => {
    const pinned = /deno\(\) \{ npx -y deno@(\S+)/.exec(read(".ci/run"))?.[1];
    const versions = steps.filter(({ uses }) => uses?.startsWith("denoland/setup-deno@"))
      .map((step) => step.with?.["deno-version"]);
    assert.ok(versions.length > 0);
    for (const version of versions) assert.equal(version, pinned);
  });
}

Deno.test("release.yml: what is published has a provenance", () => {
  const { jobs }: Workflow = parse(read(".github/workflows/release.yml"));
  const steps = jobs["build"]?.steps ?? [];
  const built = steps.findIndex(({ run }) => run?.includes("deno task release"));
  const attested = steps.findIndex(({ uses }) =>
    uses?.startsWith("actions/attest-build-provenance@")
  );
  assert.ok(0 <= built && built < attested);
  assert.equal(steps[attested]?.with?.["subject-path"], "dist/release/*");
  assert.match(read("scripts/release.ts"), /dist\/release`/);
});

Deno.test("the templates are YAML, and the bug report asks for the version and warns of secrets", () => {
  for (const path of [...namesIn(".github/ISSUE_TEMPLATE"), ".github/dependabot.yml"]) {
    assert.equal(typeof parse(read(path)), "object", path);
  }
  const { body } = parse(read(".github/ISSUE_TEMPLATE/bug.yml"));
  assert.match(JSON.stringify(body), /stssamldriver --version/);
  assert.match(body[0].attributes.value, /secrets/);
});
