/**
 * The profile that `setup` writes.
 *
 * @module
 */

import type { SessionKey } from "../../credentials/cache.ts";
import { otherDocument, refuseAllShadowed } from "../../delivery/other_file.ts";
import { ExitCode, UserError } from "../../errors.ts";
import {
  FIGHTS_WITH_PROCESS,
  findProperties,
  overruledRegion,
  type PropertyPlace,
  sayPlaces,
} from "../../profiles/conflicts.ts";
import { remarksOn } from "../../profiles/diagnose.ts";
import { type Document, parseDocument } from "../../profiles/document.ts";
import { editProfile } from "../../profiles/edit.ts";
import { checkProfileName, profileHeader } from "../../profiles/names.ts";
import { type Property, readProfile } from "../../profiles/read.ts";
import { statementsOfKeys } from "../../profiles/statements.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import { sessionKey } from "../../sign_in/request.ts";
import { checkWritable, transformFile } from "../../system/transform_file.ts";
import type { Deps } from "../../deps.ts";
import { ask } from "../ask.ts";
import type { CommandInput } from "../command.ts";
import { withVariable } from "../shell_line.ts";
import {
  flagSource,
  type RawFlags,
  SIGN_IN_OPTIONS,
  takeOptions,
  withMachine,
} from "../options.ts";
import {
  lineFlags,
  misreadSentence,
  type ProcessProperties,
  processProperties,
  roleFlags,
  writtenRisk,
} from "../settings/process_profile.ts";
import { isOwnLine, optionOfKey, readDocument } from "../settings/profile_source.ts";
import { isSharedFile, signInRequest, targetFile } from "../settings/sign_in_request.ts";

/** The profile of one setup, named by the command's word. */
export class SetupProfile {
  readonly name: string;
  readonly #input: CommandInput;
  readonly #deps: Deps;
  readonly #target: ReturnType<typeof targetFile>;

  /** @throws UserError exit code 2 for a name that not every SDK reads */
  constructor(input: CommandInput, deps: Deps) {
    this.#input = input;
    this.#deps = deps;
    this.name = input.words[0] ?? "";
    checkProfileName(this.name);
    this.#target = targetFile(input.values, deps);
  }

  /** The file that it is written to. */
  get path(): string {
    return this.#target.file.path;
  }

  /** Whether the file has a profile of this name already. */
  get exists(): boolean {
    return readProfile(this.#read(), this.#target.file.kind, this.name) !== undefined;
  }

  /** A command that shows that the profile works. */
  get command(): string {
    const { path, kind } = this.#target.file;
    const command = `aws s3 ls --profile ${this.name}`;
    if (isSharedFile(this.#target, this.#deps)) return command;
    const variable = kind === "config" ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE";
    return withVariable(variable, this.#deps.absolute(path), command, this.#deps);
  }

  /**
   * Throws what writing would throw because of what the shared files say.
   *
   * @param role the flags that name it, where the command's own do not
   */
  check(role: RawFlags): void {
    this.#refuseShadowed();
    const properties = this.#properties(role);
    const risk = writtenRisk(properties, this.#deps);
    if (risk?.kind === "reject") throw risk.error;
    this.#preview(properties);
  }

  /** Throws what writing would throw, and warns of what reads the file otherwise. */
  async tryBefore(role: RawFlags): Promise<void> {
    this.check(role);
    await this.#confirmLetters(role);
    if (!this.#input.values["dry-run"]) this.#warn(...(await checkWritable(this.path)).warnings);
    this.#warn(...remarksOn(this.#read(), this.#target.file.kind, [this.name]));
  }

  /** Asks where nobody can know whether letters outside ASCII are read; refuses without anybody to ask. */
  async #confirmLetters(role: RawFlags): Promise<void> {
    const risk = writtenRisk(this.#properties(role), this.#deps);
    if (risk?.kind !== "guess" || this.#input.values["dry-run"]) return;
    using dialog = await this.#deps.openDialog();
    if (dialog === undefined) throw risk.error;
    const yes = await ask(dialog, {
      prompt: `${risk.reason}. Write it all the same? [y/N] `,
      read: (answer) => /^y(?:es)?$/i.test(answer),
    });
    if (!yes) throw risk.error;
  }

  /** Shows the lines and writes them; with --dry-run it only shows them. */
  async write(role: RawFlags): Promise<void> {
    const properties = this.#properties(role);
    const lines = [
      profileHeader(this.#target.file.kind, this.name),
      ...Object.entries(properties).map(([key, value]) => `${key} = ${value}`),
    ];
    // Again: a sign-in may have gone before.
    this.#refuseShadowed();
    const gone = this.#preview(properties);
    const dryRun = this.#input.values["dry-run"] ?? false;
    this.#say(`${dryRun ? "Would write" : "Writing"} to ${this.path}:`);
    if (dryRun) await this.#input.print(lines.join("\n") + "\n");
    else lines.forEach((line) => this.#say(`  ${line}`));
    for (const line of gone) this.#say(line);
    this.#warnOf(properties);
    if (dryRun) return;
    const { written } = await transformFile(this.path, (text) => this.#changed(text, properties));
    if (!written) this.#say("Already up to date");
  }

  /** What the written line looks its session up by; in this environment, once it is written. */
  async sessionKey(pair: OfferedRole): Promise<SessionKey> {
    const flags = this.#flags(roleFlags(pair));
    // A line that cannot hold its flags takes them, and a region, from the profile.
    const isShort = Object.keys(this.#properties(roleFlags(pair))).some(optionOfKey);
    const ofLine = { ...flags, ...(isShort && { profile: [this.name] }) };
    const sources = withMachine(this.#input.machine, [flagSource(ofLine)]);
    const taken = takeOptions([...SIGN_IN_OPTIONS, "profile"], sources);
    return sessionKey(await signInRequest(taken, this.#deps), pair);
  }

  #refuseShadowed(): void {
    refuseAllShadowed([this.name], { ...this.#target, writes: "process" });
  }

  /** Why the profile will not be read as it is written. */
  #warnOf(properties: ProcessProperties): void {
    const { credential_process: line, region } = properties;
    const { kind } = this.#target.file;
    const risk = writtenRisk(properties, this.#deps);
    this.#warn(risk?.reason, misreadSentence(line, this.#deps.os));
    const other = region === undefined ? undefined : otherDocument(this.#target);
    this.#warn(region && other && overruledRegion(other, { kind, name: this.name, region }));
  }

  #warn(...messages: readonly (string | undefined)[]): void {
    for (const message of messages) if (message) this.#input.terminal.say("warning", message);
  }

  /** What of the profile goes, by name and line; throws when it cannot be changed. */
  #preview(properties: ProcessProperties): readonly string[] {
    const { kind } = this.#target.file;
    const document = this.#read();
    const whole = { kind, name: this.name, keys: /^/ };
    const before = findProperties(document, whole);
    const changed = this.#changed(document.text, properties);
    const after = findProperties(this.#document(changed), whole);
    const left = new Set(after.map(({ key }) => key));
    const removed = before.filter(({ key }) => !left.has(key));
    const replaced = this.#foreignLine(document);
    return [
      ...replaced ? [`Replaces ${sayPlaces([replaced])}, which starts another program`] : [],
      ...removed.length > 0 ? [`Removes ${sayPlaces(removed)}`] : [],
    ];
  }

  #say(message: string): void {
    this.#input.terminal.say("notice", message);
  }

  #flags(role: RawFlags): RawFlags {
    return lineFlags(this.#input, role, this.#deps);
  }

  #properties(role: RawFlags): ProcessProperties {
    const region = this.#region();
    return {
      ...processProperties(this.name, this.#flags(role), this.#deps),
      ...(region !== undefined && { region }),
    };
  }

  /** The region to write; a default of the machine only into a profile without one. */
  #region(): string | undefined {
    const { values: { region }, from } = this.#input;
    if (from.region?.machine !== "defaults") return region;
    const profile = readProfile(this.#read(), this.#target.file.kind, this.name);
    return profile?.properties.get("region")?.value || region;
  }

  #changed(text: string | undefined, set: ProcessProperties): string {
    const document = this.#document(text);
    const { kind } = this.#target.file;
    const name = this.name;
    // Keys of an earlier setup that this one does not set would still be taken by --profile. What is no
    // option is not ours to remove.
    const before = [...readProfile(document, kind, name)?.properties.values() ?? []];
    const stale = before.map(({ key }) => key)
      .filter((key) => optionOfKey(key) !== undefined && !(key in set));
    const replace = this.#input.values.replace ?? false;
    const remove = [...stale, ...replace ? statementsOfKeys(before) : []];
    const edit = { kind, name, set, remove, fights: FIGHTS_WITH_PROCESS, replace };
    const changed = editProfile(document, edit);
    const foreign = replace ? undefined : this.#foreignLine(document);
    if (foreign !== undefined) throw this.#notOurs(foreign);
    return changed;
  }

  /** The file as it is now. */
  #read(): Document {
    return readDocument(this.path);
  }

  #document(text: string | undefined): Document {
    return parseDocument(text ?? "", { file: this.path });
  }

  /** A line that starts another program. One that starts the driver may be replaced freely. */
  #foreignLine(document: Document): Property | undefined {
    const profile = readProfile(document, this.#target.file.kind, this.name);
    const line = profile?.properties.get("credential_process");
    const foreign = line !== undefined && line.value !== "" && !isOwnLine(line.value, this.#deps);
    return foreign ? line : undefined;
  }

  #notOurs(place: PropertyPlace): UserError {
    return new UserError(
      "profile-not-ours",
      `Cannot write profile "${this.name}" in ${this.path}: its ${
        sayPlaces([place])
      } starts another program`,
      {
        exitCode: ExitCode.FILE,
        hint: "Use another profile name, or --replace to overwrite it",
      },
    );
  }
}
