/**
 * The shape of the house: imports go down only, nothing imports in a circle, rooms that are pure touch
 * no world, no file is too long to explain itself, and what is said twice is the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/version.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Which rooms a room may import from, beside itself and the files of src/ itself. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  "": [],
  aws: ["credentials"],
  saml: ["aws"],
  profiles: [],
  system: [],
  credentials: ["system"],
  delivery: ["aws", "credentials", "profiles", "system"],
  sign_in: ["aws", "saml", "credentials", "system"],
  sharing: ["sign_in", "aws", "saml", "credentials", "system"],
  relay: ["sign_in", "aws", "saml"],
  cli: [
    "aws",
    "saml",
    "profiles",
    "system",
    "credentials",
    "delivery",
    "sign_in",
    "sharing",
    "relay",
  ],
};

/** They wire all rooms; whoever imports one stands above them. */
const WIRING = ["src/deps.ts", "src/route_to_aws.ts"];

/** Rooms and files that read no clock, file, environment or network. */
const PURE = [
  /^src\/saml\//,
  /^src\/profiles\//,
  /^src\/delivery\/(shell|process_json|variables)\.ts$/,
];

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
  /** Those that are loaded with it: neither types only nor by `import()`. */
  readonly loads: readonly string[];
}

const sources = readSources("src");

function readSources(folder: string): readonly Source[] {
  const found: Source[] = [];
  for (const entry of Deno.readDirSync(ROOT + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...readSources(path));
    else if (path.endsWith(".ts")) {
      const text = Deno.readTextFileSync(ROOT + path);
      const resolved = (specifier = "") => new URL(specifier, `file:///${path}`).pathname.slice(1);
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)]
        .map(([, specifier]) => resolved(specifier));
      const loads = [...text.matchAll(/^(?:import|export)\s([^;]*?)\sfrom\s"(\.[^"]+)";/gm)]
        .filter(([, names = ""]) => !isTypesOnly(names))
        .map(([, , specifier]) => resolved(specifier));
      found.push({ path, text, imports, loads });
    }
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function isTypesOnly(names: string): boolean {
  if (names.startsWith("type ")) return true;
  const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  return inner !== undefined &&
    inner.split(",").map((each) => each.trim()).filter(Boolean).every((each) =>
      each.startsWith("type ")
    );
}

function roomOf(path: string): string {
  return /^src\/(\w+)\//.exec(path)?.[1] ?? "";
}

Deno.test("house: imports go down only", () => {
  const upward = sources.filter(({ path }) => !WIRING.includes(path)).flatMap(
    ({ path, imports }) => {
      const room = roomOf(path);
      return imports
        .filter((each) => {
          if (WIRING.includes(each)) return room !== "cli";
          const other = roomOf(each);
          return other !== "" && other !== room && !BELOW[room]?.includes(other);
        })
        .map((each) => `${path} → ${each}`);
    },
  );
  assert.deepEqual(upward, []);
});

Deno.test("house: no file imports itself by way of others", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    assert.ok(!way.includes(path), [...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    for (const each of byPath.get(path)?.imports ?? []) walk(each, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) walk(path, []);
});

Deno.test("house: what every start loads has no parser, no SDK, no picker in it", () => {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const heavy = [
    "src/saml/xml.ts",
    "src/aws/sts.ts",
    "src/aws/console.ts",
    "src/sign_in/pages/picker.ts",
  ];
  const closure = (roots: readonly string[]) => {
    const loaded = new Set<string>();
    const walk = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const each of byPath.get(path)?.loads ?? []) walk(each);
    };
    for (const root of roots) walk(root);
    return loaded;
  };
  const start = ["src/cli/program.ts", "src/deps.ts", "src/cli/commands/credentials.ts"];
  const signIn = closure([...start, "src/sign_in/sign_in.ts"]);
  assert.deepEqual(heavy.filter((each) => signIn.has(each)), [], "until the port is ours");
  const cached = closure([...start, "src/credentials/cache.ts"]);
  const listener = [
    "src/sign_in/conversation.ts",
    "src/sign_in/listener/acs.ts",
    "src/profiles/document.ts",
  ];
  const late = ["sharing", "relay"].map((room) => {
    const files = sources.map(({ path }) => path).filter((path) => roomOf(path) === room);
    assert.ok(files.length > 0, room);
    return files;
  });
  assert.deepEqual(
    [...heavy, ...listener, ...late.flat()].filter((each) => cached.has(each)),
    [],
    "from the cache",
  );
  assert.ok(cached.size <= 36, `an answer from the cache loads ${cached.size} files`);
});

Deno.test("house: commands do not import each other's runs", () => {
  const isRun = (path: string) => path.startsWith("src/cli/commands/");
  const runs = sources
    .filter(({ path }) => path === "src/cli/commands.ts")
    .flatMap(({ imports }) => imports.filter(isRun));
  assert.ok(runs.length > 0);
  const crossed = sources
    .filter(({ path }) => isRun(path))
    .flatMap(({ path, imports }) =>
      imports.filter((each) => runs.includes(each)).map((each) => `${path} → ${each}`)
    );
  assert.deepEqual(crossed, []);
});

Deno.test("house: pure rooms touch no world", () => {
  const touching = sources
    .filter(({ path }) => PURE.some((room) => room.test(path)))
    .flatMap(({ path, text }) =>
      [
        ...text.replace(/\/\*[^]*?\*\/|\/\/.*/g, "").matchAll(
          /\bDeno\.(?!lint|build)\w+|\bfetch\(|\bDate\.now\(|\bnew Date\(\)/g,
        ),
      ].map(([what]) => `${path}: ${what}`)
    );
  assert.deepEqual(touching, []);
});

Deno.test("house: no source is above 350 lines", () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > 350);
  assert.deepEqual(long, []);
});

Deno.test("house: the version is said the same twice", () => {
  const config = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  assert.equal(VERSION, config.version);
});

Deno.test("house: one place writes to stdout, when the terminal is done drawing", () => {
  const writing = sources
    .filter(({ text }) => /(?<!Deno\.)\bstdout\.write\(/.test(text))
    .map(({ path }) => path);
  assert.deepEqual(writing, ["src/cli/program.ts"]);
});
