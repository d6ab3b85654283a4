/** What a release is made of, packed as other programs read it, and the same every time. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { stageProgram } from "../../scripts/compile.ts";
import { manPage } from "../../scripts/man.ts";
import { encode, type Entry, tarGz, zip } from "../../scripts/release/archives.ts";
import { debianName, debianPackage } from "../../scripts/release/debian.ts";
import { homebrewFormula, scoopManifest } from "../../scripts/release/manifests.ts";
import { type Package, stagedPackages, thirdPartyNotices } from "../../scripts/release/packages.ts";
import { sbom } from "../../scripts/release/sbom.ts";
import { sign, wordsOf } from "../../scripts/release/sign.ts";
import { archiveName, TARGETS } from "../../scripts/release/targets.ts";
import { BASH_SCRIPT, FISH_SCRIPT, ZSH_SCRIPT } from "../../src/cli/completion/shells.ts";
import { peerTest } from "../support/peers.ts";
import { posix, withPrograms } from "../support/programs.ts";
import { inFolder, modeOf, names, read } from "../system/files.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const ENTRIES: readonly Entry[] = [
  { path: "it/run", bytes: encode("#!/bin/sh\necho it runs\n"), executable: true },
  { path: "it/docs/text", bytes: encode("text ".repeat(1000)) },
  { path: "it/empty", bytes: new Uint8Array() },
];

/** What a program prints that ends well. */
async function printed(command: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args] }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

for (
  const { name, pack, unpack } of [
    { name: "tarGz", pack: tarGz, unpack: ["tar", "-xzf"] },
    { name: "zip", pack: zip, unpack: ["unzip", "-q"] },
  ]
) {
  peerTest(
    "busybox",
    `${name}: others unpack it, and the order of its files is its own`,
    (busybox) =>
      inFolder(async (folder) => {
        const packed = pack(ENTRIES);
        assert.deepEqual(pack(ENTRIES.toReversed()), packed);
        await Deno.writeFile(`${folder}/packed`, packed);
        await new Deno.Command(busybox, { args: [...unpack, "packed"], cwd: folder }).output();
        assert.deepEqual(names(`${folder}/it`), ["docs", "empty", "run"]);
        assert.equal(read(`${folder}/it/docs/text`), "text ".repeat(1000));
        assert.equal(Deno.statSync(`${folder}/it/empty`).size, 0);
        if (name !== "tarGz") return;
        assert.equal(modeOf(`${folder}/it/run`), 0o755);
        assert.equal(modeOf(`${folder}/it/docs/text`), 0o644);
        const listed = await printed(busybox, "tar", "-tvzf", `${folder}/packed`);
        assert.match(listed, /-rwxr-xr-x root\/root +\d+ 1980-01-01 00:00:00 it\/run\n/);
      }),
  );
}

Deno.test("tarGz: a path that does not fit is an error", () => {
  assert.throws(() => tarGz([{ path: "é".repeat(51), bytes: encode("") }]), /the path is too long/);
});

const DEBIAN = {
  version: "1.2.0-rc.1",
  architecture: "amd64",
  executable: encode("#!/bin/sh\necho it runs\n"),
  license: "MIT License",
  notices: "Others",
};

peerTest(
  "dpkg-deb",
  "debianPackage: dpkg reads and unpacks it",
  (dpkg) =>
    inFolder(async (folder) => {
      const path = `${folder}/${debianName(DEBIAN)}`;
      assert.match(path, /\/stssamldriver_1\.2\.0~rc\.1_amd64\.deb$/);
      await Deno.writeFile(path, debianPackage(DEBIAN));
      const fields = await printed(dpkg, "--field", path);
      assert.match(
        fields,
        /^Package: stssamldriver\nVersion: 1\.2\.0~rc\.1\nArchitecture: amd64\n/,
      );
      assert.match(fields, /\nInstalled-Size: \d+\nDepends: libc6 \(>= 2\.27\), libgcc-s1\n/);
      const listed = await printed(dpkg, "--contents", path);
      assert.match(listed, /^drwxr-xr-x root\/root +0 1980-01-01 00:00 \.\/\n/);
      await printed(dpkg, "--extract", path, `${folder}/root`);
      assert.equal(await printed(`${folder}/root/usr/bin/stssamldriver`), "it runs\n");
      assert.match(
        read(`${folder}/root/usr/share/doc/stssamldriver/copyright`),
        /MIT License\nOthers/,
      );
      const share = `${folder}/root/usr/share`;
      assert.equal(read(`${share}/bash-completion/completions/stssamldriver`), BASH_SCRIPT);
      assert.equal(read(`${share}/zsh/vendor-completions/_stssamldriver`), ZSH_SCRIPT);
      assert.equal(read(`${share}/fish/vendor_completions.d/stssamldriver.fish`), FISH_SCRIPT);
      const page = await printed("gzip", "-dc", `${share}/man/man1/stssamldriver.1.gz`);
      assert.equal(page, manPage());
      await printed(dpkg, "--control", path, `${folder}/control`);
      const [sum = "", name = ""] = read(`${folder}/control/md5sums`).split("\n")[0]?.split("  ") ??
        [];
      const bytes = Deno.readFileSync(`${folder}/root/${name}`);
      assert.equal(createHash("md5").update(bytes).digest("hex"), sum);
    }),
);

const RELEASE = {
  version: "1.2.0",
  archives: TARGETS.map((target, index) => ({ target, sha256: String(index).repeat(64) })),
};

peerTest(
  "ruby-sdk",
  "homebrewFormula: Ruby reads it, and each system has its archive",
  (ruby) =>
    inFolder(async (folder) => {
      const formula = homebrewFormula(RELEASE);
      await Deno.writeTextFile(`${folder}/it.rb`, formula);
      assert.equal(await printed(ruby, "-c", `${folder}/it.rb`), "Syntax OK\n");
      const installed = [...formula.matchAll(/^ {4}(\w+)\.install "([^"]*)"/gm)]
        .map(([, place, path]) => `${place} ${path}`);
      assert.deepEqual(installed, [
        "bin stssamldriver",
        "man1 man/stssamldriver.1",
        "bash_completion completions/stssamldriver.bash",
        "zsh_completion completions/_stssamldriver",
        "fish_completion completions/stssamldriver.fish",
      ]);
      for (const { target, sha256 } of RELEASE.archives) {
        const isUnix = !target.name.startsWith("windows");
        const lines = `/releases/download/v1.2.0/${
          archiveName(target)
        }"\n      sha256 "${sha256}"\n`;
        assert.equal(formula.includes(lines), isUnix, target.name);
      }
    }),
);

Deno.test("scoopManifest: the archive of Windows, and where later ones are", () => {
  const { version, architecture, autoupdate } = JSON.parse(scoopManifest(RELEASE) ?? "");
  assert.equal(version, "1.2.0");
  assert.match(architecture["64bit"].url, /\/v1\.2\.0\/stssamldriver-windows-x64\.zip$/);
  assert.equal(architecture["64bit"].hash, "4".repeat(64));
  assert.match(
    autoupdate.architecture["64bit"].url,
    /\/v\$version\/stssamldriver-windows-x64\.zip$/,
  );
  assert.equal(scoopManifest({ ...RELEASE, archives: RELEASE.archives.slice(0, 4) }), undefined);
});

for (
  const { line, words } of [
    { line: "", words: [] },
    { line: "  gpg --detach-sign  -u x ", words: ["gpg", "--detach-sign", "-u", "x"] },
    { line: `"C:\\My Tools\\x.exe" /n "a b" ""`, words: ["C:\\My Tools\\x.exe", "/n", "a b", ""] },
    { line: "x $(touch y); z | w > v", words: ["x", "$(touch", "y);", "z", "|", "w", ">", "v"] },
    { line: `x "open`, words: undefined },
    { line: `x a"b"`, words: undefined },
  ]
) {
  Deno.test(`wordsOf: ${line || "nothing"}`, () => {
    if (words === undefined) assert.throws(() => wordsOf(line, "SIGN_X"), /Cannot use SIGN_X: /);
    else assert.deepEqual(wordsOf(line, "SIGN_X"), words);
  });
}

Deno.test(
  "sign: the program gets its words and the file, and its failure is one",
  posix,
  () =>
    withPrograms(
      { signer: `printf '<%s>' "$@" >"$HERE/said"; [ "$1" != bad ]` },
      async (folder) => {
        try {
          await sign("SIGN_SUMS", "/a file");
          Deno.env.set("SIGN_SUMS", `${folder}/signer --key "$HOME; x"`);
          await sign("SIGN_SUMS", "/a file");
          assert.equal(read(`${folder}/said`), "<--key><$HOME; x></a file>");
          Deno.env.set("SIGN_SUMS", `${folder}/signer bad`);
          await assert.rejects(
            sign("SIGN_SUMS", "/a file"),
            /Cannot sign \/a file: SIGN_SUMS ended with/,
          );
        } finally {
          Deno.env.delete("SIGN_SUMS");
        }
      },
    ),
);

Deno.test("sbom: the same for the same packages, each with its digest and its license", () => {
  const packages: readonly Package[] = [
    {
      name: "@scope/one",
      version: "1.0.0",
      integrity: `sha512-${btoa("\0".repeat(64))}`,
      license: "(MIT OR Apache-2.0)",
      texts: ["Do what you like"],
      dependencies: ["two@2.0.0"],
    },
    {
      name: "two",
      version: "2.0.0",
      integrity: `sha512-${btoa("\xff".repeat(64))}`,
      license: "MIT",
      texts: [],
      dependencies: [],
    },
  ];
  const materials = { version: "1.2.0", packages, imported: ["@scope/one@1.0.0"], deno: "2.7.11" };
  assert.equal(sbom(materials), sbom(materials));
  const document = JSON.parse(sbom(materials));
  assert.equal(document.specVersion, "1.6");
  assert.match(document.serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(
    JSON.parse(sbom({ ...materials, deno: "2.7.12" })).serialNumber,
    document.serialNumber,
  );
  const [, one, two] = document.components;
  assert.equal(one.purl, "pkg:npm/%40scope/one@1.0.0");
  assert.deepEqual([one.group, one.name], ["@scope", "one"]);
  assert.deepEqual(one.licenses, [{ expression: "(MIT OR Apache-2.0)" }]);
  assert.deepEqual(two.licenses, [{ license: { id: "MIT" } }]);
  assert.deepEqual(two.hashes, [{ alg: "SHA-512", content: "ff".repeat(64) }]);
  const refs = document.dependencies.map(({ ref }: { readonly ref: string }) => ref);
  assert.deepEqual(document.dependencies[0].dependsOn, [
    "pkg:github/denoland/deno@v2.7.11",
    "pkg:npm/%40scope/one@1.0.0",
  ]);
  for (const { dependsOn = [] } of document.dependencies) {
    for (const ref of dependsOn) assert.ok(refs.includes(ref), ref);
  }
  const notices = thirdPartyNotices(packages, "2.7.11");
  assert.match(notices, /^Deno 2\.7\.11 \(MIT\)/m);
  assert.match(notices, /^@scope\/one@1\.0\.0 \(\(MIT OR Apache-2\.0\)\)\n\nDo what you like$/m);
});

/** The packages of the lock file that are for tests and scripts. */
function otherPackages(packages: readonly Package[]): readonly string[] {
  const { npm } = JSON.parse(read(`${ROOT}deno.lock`));
  const embedded = new Set(packages.map(({ name }) => name));
  return Object.keys(npm).map((id) => id.slice(0, id.lastIndexOf("@")))
    .filter((name) => !embedded.has(name));
}

Deno.test("stageProgram: no test package, at most 2 MB, a license for everything, and all that is disposed of", async () => {
  await using stage = await stageProgram();
  const packages = await stagedPackages(stage.path);
  assert.ok(packages.some(({ name }) => name === "@aws-sdk/client-sts"));
  const others = otherPackages(packages);
  for (const name of ["playwright-core", "fast-check", "samlp", "xml-crypto", "fflate"]) {
    assert.ok(others.includes(name), name);
  }
  for (const { name, license, integrity } of packages) {
    assert.match(license, /^(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause)$/, name);
    assert.match(integrity, /^sha512-/, name);
  }
  const files = names(`${stage.path}/bundle`);
  const size = files.map((name) => Deno.statSync(`${stage.path}/bundle/${name}`).size)
    .reduce((sum, each) => sum + each);
  assert.ok(size <= 2e6, `${size} bytes`);
  for (const name of files) assertNoneOf(others, read(`${stage.path}/bundle/${name}`), name);
  // A minifier made one of `using file = open(); file.sync()`, and a file stayed open with each sign-in.
  assert.ok(disposals(`${stage.path}/src`) > 10);
  assert.equal(disposals(`${stage.path}/bundle`), disposals(`${stage.path}/src`));
});

function disposals(folder: string): number {
  return [...Deno.readDirSync(folder)].reduce((sum, { name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sum + disposals(path);
    return sum + (read(path).match(/^\s*(await )?using \w+ = /gm)?.length ?? 0);
  }, 0);
}

/** That no package is named as an import, a path or an ID. */
function assertNoneOf(packages: readonly string[], text: string, where: string): void {
  for (const name of packages) {
    const forms = [
      `npm:${name}`,
      `node_modules/${name}/`,
      `/${name}/package.json`,
      ...["require(", "import(", "from"].flatMap((
        word,
      ) => [`${word}"${name}"`, `${word}'${name}'`]),
    ];
    for (const form of forms) assert.ok(!text.includes(form), `${where} has ${form}`);
  }
  assert.doesNotMatch(text, /playwright|fast-check|puppeteer|xml-crypto|passport/, where);
}

const LINUX = `${Deno.build.arch}-unknown-linux-gnu`;
const WINDOWS = "x86_64-pc-windows-msvc";
const WITHOUT_BASE = "aarch64-apple-darwin";

peerTest(
  "release-base",
  "release: twice the same, complete, and without the packages of tests",
  (base) =>
    inFolder(async (folder) => {
      // One base is missing, and the others are there.
      const tool = `${folder}/base`;
      const words = wordsOf(base, "RELEASE_BASE").map((word) => `'${word}'`).join(" ");
      Deno.writeTextFileSync(
        tool,
        `#!/bin/sh\nfor word; do [ "$word" != ${WITHOUT_BASE} ] || exit 1; done\nexec ${words} "$@"\n`,
        { mode: 0o755 },
      );
      const signer = `${folder}/signer`;
      Deno.writeTextFileSync(signer, `#!/bin/sh\nprintf '%s' "$*" >"$0.said"\n`, { mode: 0o755 });
      const release = async (output: string, targets: readonly string[], env = {}) => {
        const args = ["run", "-A", "scripts/release.ts", `--output`, output];
        for (const target of targets) args.push("--target", target);
        const ended = await new Deno.Command(Deno.execPath(), {
          args,
          cwd: ROOT,
          env: { RELEASE_BASE: tool, ...env },
        }).output();
        return { code: ended.code, stderr: new TextDecoder().decode(ended.stderr) };
      };
      const [one, two] = [`${folder}/one`, `${folder}/two`];
      const first = await release(one, [WITHOUT_BASE, WINDOWS, LINUX], {
        SIGN_SUMS: `${signer} --key x`,
      });
      assert.equal(first.code, 1);
      assert.match(
        first.stderr,
        /^Cannot build for aarch64-apple-darwin: .* failed with exit code 1\n$/m,
      );
      assert.equal(read(`${signer}.said`), `--key x ${one}/SHA256SUMS`);
      // In another order: what one target leaves behind must not get into the next.
      const second = await release(two, [LINUX, WINDOWS]);
      assert.deepEqual([second.code, second.stderr], [0, ""]);

      const files = names(one);
      assert.deepEqual(names(two), files);
      const sums = read(`${one}/SHA256SUMS`);
      for (const name of files) {
        const bytes = Deno.readFileSync(`${one}/${name}`);
        assert.ok(same(bytes, Deno.readFileSync(`${two}/${name}`)), name);
        const sum = createHash("sha256").update(bytes).digest("hex");
        assert.equal(sums.includes(`${sum}  ${name}\n`), name !== "SHA256SUMS");
      }
      // What the formula installs is in the archive.
      const formula = read(`${one}/stssamldriver.rb`);
      const [archive = ""] = TARGETS.filter(({ triple }) => triple === LINUX).map(archiveName);
      const packed = (await printed("tar", "-tzf", `${one}/${archive}`)).split("\n");
      for (const [, path] of formula.matchAll(/^ {4}\w+\.install "([^"]*)"/gm)) {
        assert.ok(packed.includes(`stssamldriver/${path}`), path);
      }
      const { version } = JSON.parse(read(`${ROOT}deno.json`));
      const home = `${folder}/home`;
      const { success, stderr } = await new Deno.Command("sh", {
        args: [`${one}/install.sh`],
        env: { HOME: home, STSSAMLDRIVER_DOWNLOAD_URL: one, STSSAMLDRIVER_VERSION: version },
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const executable = `${home}/.local/bin/stssamldriver`;
      assert.match(await printed(executable, "--help"), /^stssamldriver /);

      await using stage = await stageProgram();
      const bytes = Deno.readFileSync(executable);
      const { listed, payload } = embeddedIn(bytes);
      assert.deepEqual(listed, names(`${stage.path}/bundle`));
      assertNoneOf(otherPackages(await stagedPackages(stage.path)), payload, "the executable");
      assert.ok(payload.length <= 2e6, `${payload.length} bytes beyond Deno's own`);
    }),
);

/** `assert.deepEqual` takes seconds for as much. */
function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** What `deno compile` has put behind its base: a list of files as JSON, between two marks of its own. */
function embeddedIn(
  executable: Uint8Array,
): { readonly listed: readonly string[]; readonly payload: string } {
  const text = new TextDecoder("latin1").decode(executable);
  const end = text.lastIndexOf("d3n0l4nd");
  const payload = text.slice(text.lastIndexOf("d3n0l4nd", end - 1), end);
  const list = /\[\{"File":[^]*?\}\}\]/.exec(payload)?.[0] ?? "[]";
  const entries: readonly { readonly File?: { readonly n: string } }[] = JSON.parse(list);
  // A folder has no name here, so that it is noticed.
  return { listed: entries.map(({ File: file }) => file?.n ?? "?"), payload };
}
