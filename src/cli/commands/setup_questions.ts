/**
 * What `setup` asks a person who typed little more than its name.
 *
 * @module
 */

import { ExitCode, messageOf, UserError } from "../../errors.ts";
import { sharedFiles } from "../../profiles/files.ts";
import { profileNames } from "../../profiles/names.ts";
import { readProfile } from "../../profiles/read.ts";
import type { SignInRequest } from "../../sign_in/request.ts";
import type { Deps } from "../../deps.ts";
import type { Dialog } from "../../system/dialog.ts";
import { usageError } from "../arguments.ts";
import { ask } from "../ask.ts";
import type { CommandInput } from "../command.ts";
import { type OptionName, OPTIONS, readOptions } from "../options.ts";
import { isOwnLine, profileSource, readDocument } from "../settings/profile_source.ts";
import { ANY_ROLE } from "../settings/process_profile.ts";
import { SetupProfile } from "./setup_profile.ts";

/** The option that holds the start URL. */
const START_URL = "start-url" satisfies OptionName;

/** Names that are offered, the first that is free. */
const NAMES: readonly string[] = ["dev", "aws", "saml"];

/** What is wrong with one profile, and with no other of the file. */
const OF_ONE_PROFILE: readonly string[] = [
  "profile-not-ours",
  "profile-shadowed",
  "profile-conflict",
  "profile-ambiguous",
];

/**
 * Opens the questions, where there is something to ask and somebody to answer: without a profile's name,
 * or with nothing but a name.
 *
 * @throws UserError exit code 2 without a name and without anybody to ask for it
 */
export async function openQuestions(
  input: CommandInput,
  deps: Deps,
): Promise<Questions | undefined> {
  const named = input.words.length > 0;
  const flags = Object.values(input.typed).some((texts) => texts !== undefined);
  if (named && (flags || input.values[START_URL] !== undefined)) return undefined;
  const dialog = input.values["log-format"] === "json" ? undefined : await deps.openDialog();
  if (dialog !== undefined) return new Questions(input, deps, dialog);
  if (named) return undefined;
  throw usageError("word-missing", "Which profile? e.g. stssamldriver setup dev");
}

/** The questions of one setup. */
class Questions {
  readonly #deps: Deps;
  readonly #dialog: Dialog;
  #input: CommandInput;

  constructor(input: CommandInput, deps: Deps, dialog: Dialog) {
    this.#input = input;
    this.#deps = deps;
    this.#dialog = dialog;
  }

  /** Closes the terminal. */
  [Symbol.dispose](): void {
    this.#dialog[Symbol.dispose]();
  }

  /** Asks for what was not given; returns the command as if it had been. */
  async complete(): Promise<CommandInput> {
    this.#say("This adds an AWS profile that signs in through your browser (Ctrl-C to cancel)");
    const { words, values, texts } = this.#input;
    const name = words[0] ?? await this.#askName();
    const sso = values["sso-url"] ?? values["idp-metadata"];
    const url = values[START_URL] ?? (sso === undefined ? await this.#askStartUrl() : undefined);
    this.#input = {
      ...this.#input,
      words: [name],
      ...(url !== undefined && {
        values: { ...values, [START_URL]: url },
        texts: { ...texts, [START_URL]: texts[START_URL] ?? [url.href] },
      }),
    };
    return this.#input;
  }

  /** Shows what will be done, and waits for the person's Enter. */
  async confirm(profile: SetupProfile, request: SignInRequest): Promise<void> {
    const { role, provider, sso } = request;
    const url = sso === undefined
      ? this.#input.values[START_URL]?.href
      : `a request to ${sso.url ?? `the IdP of ${sso.metadata}`}`;
    const signsIn = role === undefined || provider === undefined;
    const rows = [
      [
        "Profile",
        `${profile.name} in ${profile.path}${profile.exists ? " (will be updated)" : ""}`,
      ],
      ["Start URL", url ?? "none: start each sign-in in your company's portal"],
      ["Role", role === undefined ? "the one you pick in the browser" : role.text],
    ] as const;
    this.#say("");
    for (const [label, value] of rows) this.#say(`  ${label.padEnd(11)}${value}`);
    this.#say("");
    const goesOn = await ask(this.#dialog, {
      prompt: `Press Enter to ${signsIn ? "sign in" : "write it"}, Ctrl-C to cancel: `,
      read: (answer) => !/^(n|no|q|quit)$/i.test(answer),
    });
    if (goesOn) return;
    throw new UserError("cancelled", "Canceled", { exitCode: ExitCode.INTERRUPTED });
  }

  async #askName(): Promise<string> {
    const fallback = this.#freeName();
    this.#say("");
    return await ask(this.#dialog, {
      prompt: `Profile name${fallback === undefined ? "" : ` [${fallback}]`}: `,
      fallback,
      read: (name) => {
        this.#profile(name).check(ANY_ROLE);
        return name;
      },
    });
  }

  /** @throws UserError where no profile of any name could be written */
  #freeName(): string | undefined {
    return NAMES.find((name) => {
      const profile = this.#profile(name);
      try {
        profile.check(ANY_ROLE);
      } catch (error) {
        if (error instanceof UserError && OF_ONE_PROFILE.includes(error.code)) return false;
        throw error;
      }
      return !profile.exists;
    });
  }

  #profile(name: string): SetupProfile {
    return new SetupProfile({ ...this.#input, words: [name] }, this.#deps);
  }

  async #askStartUrl(): Promise<URL | undefined> {
    const other = await this.#startUrlInUse();
    this.#say("");
    this.#say(
      "Start URL: the link of the AWS tile in your company's portal (right-click, copy link).",
    );
    this.#say("Without one, you click that tile yourself each time you sign in.");
    return await ask(this.#dialog, {
      prompt: other === undefined
        ? "Start URL [none]: "
        : `Start URL, or none [${other.url}, from profile ${other.profile}]: `,
      fallback: other?.url ?? "none",
      read: (answer) => {
        if (answer.toLowerCase() === "none") return undefined;
        try {
          return OPTIONS[START_URL].read([answer]);
        } catch (error) {
          throw usageError(
            "option-malformed",
            `Cannot use ${JSON.stringify(answer)}: ${messageOf(error)}`,
          );
        }
      },
    });
  }

  /** The start URL of the last profile of ours that has one. */
  async #startUrlInUse(): Promise<{ readonly profile: string; readonly url: string } | undefined> {
    const document = readDocument(sharedFiles(this.#deps.env, this.#deps.expand).config);
    for (const profile of profileNames(document, "config").toReversed()) {
      const properties = readProfile(document, "config", profile)?.properties;
      const line = properties?.get("credential_process")?.value;
      if (line === undefined || !isOwnLine(line, this.#deps)) continue;
      try {
        const source = await profileSource(profile, this.#input.commands[0], this.#deps);
        const url = readOptions([START_URL], [source])[START_URL]?.href;
        if (url !== undefined) return { profile, url };
      } catch (error) {
        // A line that cannot be read is not worth a word here.
        if (!(error instanceof UserError)) throw error;
      }
    }
    return undefined;
  }

  #say(message: string): void {
    this.#input.terminal.say("notice", message);
  }
}
