/**
 * What `setup` does.
 *
 * @module
 */

import { otherDocument } from "../../delivery/other_file.ts";
import { ExitCode, UserError } from "../../errors.ts";
import {
  FIGHTS_WITH_PROCESS,
  findProperties,
  overruledRegion,
  type Place,
  refuseShadowed,
  sayPlaces,
} from "../../profiles/conflicts.ts";
import { remarksOn } from "../../profiles/diagnose.ts";
import { type Document, parseDocument } from "../../profiles/document.ts";
import { editProfile } from "../../profiles/edit.ts";
import { checkProfileName, profileHeader } from "../../profiles/names.ts";
import { type Property, readProfile } from "../../profiles/read.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import { readTextFile } from "../../system/text_file.ts";
import { checkWritable, transformFile } from "../../system/transform_file.ts";
import type { Deps } from "../../system/deps.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import type { RawFlags } from "../options.ts";
import {
  lineFlags,
  misreadSentence,
  type ProcessProperties,
  processProperties,
  settingsOf,
} from "../process_profile.ts";
import { isOwnLine, optionOfKey } from "../profile_source.ts";
import { signInRequest } from "../sign_in_request.ts";
import { targetFile } from "../target_file.ts";

/** Writes the profile, or shows it; signs in first when the role is still to be picked. */
export const runSetup: CommandRun = async (input, deps) => {
  const request = await signInRequest(input.values, deps);
  const profile = new SetupProfile(input, deps);
  if (request.role !== undefined && request.provider !== undefined) {
    await profile.tryBefore({});
    await profile.write({});
    return;
  }
  // Whatever role it will be: what can fail is tried before the person signs in.
  await profile.tryBefore({ "role-arn": [ANY_ROLE], "saml-provider-arn": [ANY_PROVIDER] });
  const { pickRole } = await import("../../sign_in/use_offer.ts");
  await pickRole(request, { ...deps, watch: input.terminal.watch }, {
    memory: { last: () => Promise.resolve(undefined), remember: () => Promise.resolve() },
    deliver: async ({ role, provider }: OfferedRole) => ({
      sentence: await profile.write({
        "role-arn": [role.text],
        "saml-provider-arn": [provider.text],
      }),
    }),
  });
};

const ANY_ROLE = "arn:aws:iam::000000000000:role/Any";
const ANY_PROVIDER = "arn:aws:iam::000000000000:saml-provider/Any";

/** The profile of one setup. */
class SetupProfile {
  readonly #input: CommandInput;
  readonly #deps: Deps;
  readonly #name: string;
  readonly #target: ReturnType<typeof targetFile>;

  constructor(input: CommandInput, deps: Deps) {
    this.#input = input;
    this.#deps = deps;
    this.#name = input.words[0] ?? "";
    checkProfileName(this.#name);
    this.#target = targetFile(input.values, deps);
  }

  /** Throws what writing would throw. */
  async tryBefore(role: RawFlags): Promise<void> {
    this.#refuseShadowed();
    this.#preview(this.#properties(role));
    const { path, kind } = this.#target.file;
    if (!this.#input.values["dry-run"]) await checkWritable(path);
    this.#warn(...remarksOn(this.#document(readTextFile(path)?.text), kind, [this.#name]));
  }

  /** Shows the lines and writes them; says what was done, as a sentence without its full stop. */
  async write(role: RawFlags): Promise<string> {
    const { path, kind, because } = this.#target.file;
    const properties = this.#properties(role);
    const lines = [
      profileHeader(kind, this.#name),
      ...Object.entries(properties).map(([key, value]) => `${key} = ${value}`),
    ];
    // Again: a sign-in may have gone before.
    this.#refuseShadowed();
    const gone = this.#preview(properties);
    this.#tell(`In ${path}, a ${kind} file (${because}):`);
    const dryRun = this.#input.values["dry-run"] ?? false;
    if (dryRun) await this.#deps.stdout.write(lines.join("\n") + "\n");
    else lines.forEach((line) => this.#tell(`  ${line}`));
    for (const line of gone) this.#tell(line);
    this.#warnOf(properties);
    if (dryRun) return "Nothing was written, as --dry-run asks";
    const { written } = await transformFile(path, (text) => this.#changed(text, properties));
    this.#tell(
      written
        ? `Written. Try it: aws sts get-caller-identity --profile ${this.#name}`
        : "It was so already",
    );
    return `Profile "${this.#name}" is in ${path}`;
  }

  #refuseShadowed(): void {
    const other = otherDocument(this.#target);
    if (other === undefined) return;
    const { kind } = this.#target.file;
    refuseShadowed(other, { kind, name: this.#name, writes: "process" });
  }

  /** Why the profile will not be read as it is written. */
  #warnOf({ credential_process: line, region }: ProcessProperties): void {
    const { kind } = this.#target.file;
    const other = region === undefined ? undefined : otherDocument(this.#target);
    const misread = misreadSentence(line, this.#deps.os);
    if (misread !== undefined) this.#warn(misread);
    if (other === undefined || region === undefined) return;
    const overruled = overruledRegion(other, { kind, name: this.#name, region });
    if (overruled !== undefined) this.#warn(overruled);
  }

  #warn(...messages: readonly string[]): void {
    for (const message of messages) this.#input.terminal.watch({ kind: "warning", message });
  }

  /** What of the profile goes, by name and line; throws when it cannot be changed. */
  #preview(properties: ProcessProperties): readonly string[] {
    const { path, kind } = this.#target.file;
    const text = readTextFile(path)?.text;
    const whole = { kind, name: this.#name, keys: /^/ };
    const before = findProperties(this.#document(text), whole);
    const after = findProperties(this.#document(this.#changed(text, properties)), whole);
    const kept = new Set(after.map(({ key }) => key));
    const removed = before.filter(({ key }) => !kept.has(key));
    const replaced = this.#foreignLine(this.#document(text));
    return [
      ...replaced ? [`To be replaced: ${sayPlaces([replaced])}, another program's`] : [],
      ...removed.length > 0 ? [`To be removed: ${sayPlaces(removed)}`] : [],
    ];
  }

  #tell(message: string): void {
    this.#input.terminal.watch({ kind: "notice", message });
  }

  #properties(role: RawFlags): ProcessProperties {
    const flags = lineFlags(settingsOf(this.#input), role, this.#deps);
    const { region } = this.#input.values;
    return {
      ...processProperties(this.#name, flags, this.#deps),
      ...(region !== undefined && { region }),
    };
  }

  #changed(text: string | undefined, set: ProcessProperties): string {
    const document = this.#document(text);
    const { kind } = this.#target.file;
    const name = this.#name;
    // Keys of an earlier setup that this one does not set would still be taken by --profile. What is no
    // option is not ours to remove.
    const stale = [...readProfile(document, kind, name)?.properties.keys() ?? []]
      .filter((key) => optionOfKey(key) !== undefined && !(key in set));
    const replace = this.#input.values.replace ?? false;
    const edit = { kind, name, set, remove: stale, fights: FIGHTS_WITH_PROCESS, replace };
    const changed = editProfile(document, edit);
    const foreign = replace ? undefined : this.#foreignLine(document);
    if (foreign !== undefined) throw this.#notOurs(foreign);
    return changed;
  }

  #document(text: string | undefined): Document {
    return parseDocument(text ?? "", { file: this.#target.file.path });
  }

  /** A line that starts another program. One that starts the driver may be replaced freely. */
  #foreignLine(document: Document): Property | undefined {
    const profile = readProfile(document, this.#target.file.kind, this.#name);
    const line = profile?.properties.get("credential_process");
    const foreign = line !== undefined && line.value !== "" && !isOwnLine(line.value, this.#deps);
    return foreign ? line : undefined;
  }

  #notOurs(place: Place): UserError {
    const { path } = this.#target.file;
    return new UserError(
      "profile-not-ours",
      `Cannot write profile "${this.#name}" of ${path}: its ${
        sayPlaces([place])
      } starts another program`,
      {
        exitCode: ExitCode.FILE,
        hint: "Use another profile name, or --replace to write over what is there",
      },
    );
  }
}
