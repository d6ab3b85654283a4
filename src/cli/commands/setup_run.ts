/**
 * What `setup` does.
 *
 * @module
 */

import { otherDocument } from "../../delivery/other_file.ts";
import { FIGHTS_WITH_PROCESS, refuseShadowed } from "../../profiles/conflicts.ts";
import { parseDocument } from "../../profiles/document.ts";
import { editProfile } from "../../profiles/edit.ts";
import type { KnownFile } from "../../profiles/files.ts";
import { checkProfileName, profileHeader } from "../../profiles/names.ts";
import { readProfile } from "../../profiles/read.ts";
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
import { KEY_PREFIX } from "../profile_source.ts";
import { signInRequest } from "../sign_in_request.ts";
import { targetFile } from "../target_file.ts";

/** Writes the profile, or shows it; signs in first when the role is still to be picked. */
export const runSetup: CommandRun = async (input, deps) => {
  const request = await signInRequest(input.values, deps);
  const profile = new SetupProfile(input, deps);
  if (request.role !== undefined && request.provider !== undefined) {
    await profile.write({});
    return;
  }
  // Whatever role it will be: what can fail is tried before the person signs in.
  profile.check({ "role-arn": [ANY_ROLE], "saml-provider-arn": [ANY_PROVIDER] });
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
  readonly #file: KnownFile;

  constructor(input: CommandInput, deps: Deps) {
    this.#input = input;
    this.#deps = deps;
    this.#name = input.words[0] ?? "";
    checkProfileName(this.#name);
    const { file, files } = targetFile(input.values, deps);
    this.#file = file;
    const other = otherDocument({ file, files });
    if (other !== undefined) {
      refuseShadowed(other, { kind: file.kind, name: this.#name, writes: "process" });
    }
  }

  /** Throws what writing would throw. */
  check(role: RawFlags): void {
    this.#changed(readTextFile(this.#file.path)?.text, this.#properties(role));
  }

  /** Shows the lines and writes them; says what was done, as a sentence without its full stop. */
  async write(role: RawFlags): Promise<string> {
    const properties = this.#properties(role);
    const lines = [
      profileHeader(this.#file.kind, this.#name),
      ...Object.entries(properties).map(([key, value]) => `${key} = ${value}`),
    ];
    this.check(role);
    if (this.#input.values["dry-run"]) {
      await this.#deps.stdout.write(lines.join("\n") + "\n");
      return "Nothing was written, as --dry-run asks";
    }
    await checkWritable(this.#file.path);
    const { path, kind, because } = this.#file;
    this.#tell(`In ${path}, a ${kind} file (${because}):`);
    for (const line of lines) this.#tell(`  ${line}`);
    const misread = misreadSentence(properties.credential_process, this.#deps.os);
    if (misread !== undefined) {
      this.#input.terminal.watch({ kind: "warning", message: misread });
    }
    const { written } = await transformFile(path, (text) => this.#changed(text, properties));
    this.#tell(
      written
        ? `Written. Try it: aws sts get-caller-identity --profile ${this.#name}`
        : "It was so already",
    );
    return `Profile "${this.#name}" is in ${path}`;
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
    const { path, kind } = this.#file;
    const document = parseDocument(text ?? "", { file: path });
    // Keys of an earlier setup that this one does not set would still be taken by --profile.
    const stale = [...readProfile(document, kind, this.#name)?.properties.keys() ?? []]
      .filter((key) => key.startsWith(KEY_PREFIX) && !(key in set));
    return editProfile(document, {
      kind,
      name: this.#name,
      set,
      remove: stale,
      fights: FIGHTS_WITH_PROCESS,
      replace: this.#input.values.replace ?? false,
    });
  }
}
