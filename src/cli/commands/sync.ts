/**
 * What `sync` does.
 *
 * @module
 */

import { prunedProfiles, SYNC_MARK, type Synced, syncedText } from "../../delivery/synced.ts";
import { recovered, UserError } from "../../errors.ts";
import { few, foreign, localTimeWithSpan, noun, plural, table } from "../../text.ts";
import { refuseAllShadowed } from "../../delivery/other_file.ts";
import { keyProperties } from "../../delivery/profile.ts";
import { remarksOn } from "../../profiles/diagnose.ts";
import type { OfferedRole } from "../../saml/roles.ts";
import {
  isAnother,
  lastTimeSentence,
  regionFor,
  regionsSentence,
  requestAmong,
  settingsKey,
  type SignInRequest,
} from "../../sign_in/request.ts";
import { listRoles, type Offer, takeAllRoles, type TakenRole } from "../../sign_in/use_offer.ts";
import { readTextFile } from "../../system/text_file.ts";
import { checkWritable, transformFile } from "../../system/transform_file.ts";
import type { Confirmed } from "../../sign_in/pages/question.ts";
import type { DoneWords } from "../../sign_in/pages/pages.ts";
import type { Deps } from "../../deps.ts";
import { signInRequest, targetFile } from "../settings/sign_in_request.ts";
import type { CommandInput, CommandRun } from "../command.ts";
import {
  ANY_ROLE,
  lineFlags,
  misreadSentence,
  processProperties,
  roleFlags,
  writtenRisk,
} from "../settings/process_profile.ts";
import {
  checkTemplate,
  DEFAULT_TEMPLATE,
  type Naming,
  profileNameOf,
  profileNamesOf,
} from "./profile_names.ts";
import { askerOf, beforeSignIn } from "../session/new_session.ts";
import { readDocument } from "../settings/profile_source.ts";
import { choiceMemory } from "../session/take_session.ts";
import { type Refused, refusedError } from "./sync_refused.ts";

/** Signs in once and writes a profile for every role. */
export const runSync: CommandRun = async (input, deps) => {
  const asked = { ...await signInRequest(input, deps), asker: askerOf(input) };
  const withKeys = !input.values.process && !input.values["dry-run"];
  const request = withKeys ? await beforeSignIn(asked, input.values, deps) : asked;
  const sync = new Sync(input, request, deps);
  await sync.tryBefore();
  const world = { ...deps, watch: input.terminal.watch };
  const before = {
    check: (offer: Offer) => sync.check(offer),
    ...(!input.values["dry-run"] && { confirm: (offer: Offer) => sync.question(offer) }),
    prepare: (offer: Offer) => sync.prepare(offer),
  };
  if (!withKeys) {
    await listRoles(request, world, { ...before, deliver: (offer) => sync.withoutKeys(offer) });
  } else {
    const deliver = async (taken: readonly TakenRole[], offer: Offer) => {
      const done = await sync.withKeys(taken, offer);
      await sync.remember(offer);
      return done;
    };
    await takeAllRoles(request, world, { ...before, deliver });
  }
  sync.refuseRest();
};

/** Sessions that end within so many milliseconds of each other end together to a person. */
const TOGETHER_MS = 60_000;

type Properties = Readonly<Record<string, string>>;

/** One sync: what is written, and what is told of it. */
class Sync {
  readonly #input: CommandInput;
  readonly #request: SignInRequest;
  readonly #deps: Deps;
  readonly #target: ReturnType<typeof targetFile>;
  readonly #naming: Naming;
  readonly #writes: "keys" | "process";
  readonly #memory: ReturnType<typeof choiceMemory>;
  #refused: readonly Refused[] = [];
  #written = 0;
  /** Set once the person has been asked. */
  #asked = false;

  constructor(input: CommandInput, request: SignInRequest, deps: Deps) {
    this.#input = input;
    this.#request = request;
    this.#deps = deps;
    this.#target = targetFile(input.values, deps);
    // Apart from what other commands take with the same flags: this is for no one role.
    this.#memory = choiceMemory({ ...settingsKey(request), command: "sync" }, { input, deps });
    const { "name-template": template = DEFAULT_TEMPLATE, process } = input.values;
    checkTemplate(template);
    this.#naming = { template, accountNames: request.accountNames };
    this.#writes = process ? "process" : "keys";
  }

  /** What can fail without knowing the roles fails before the person signs in. */
  async tryBefore(): Promise<void> {
    const { file } = this.#target;
    const text = readTextFile(file.path)?.text;
    syncedText(text, this.#synced(new Map(), undefined));
    const warnings = this.#input.values["dry-run"] ? [] : (await checkWritable(file.path)).warnings;
    const remarks = remarksOn(readDocument(file.path), file.kind, []);
    for (const message of [...warnings, ...remarks]) {
      this.#input.terminal.say("warning", message);
    }
    if (this.#writes === "process") this.#warnOfLines();
  }

  /** Why not every SDK could run, or read, the lines of any role. */
  #warnOfLines(): void {
    const flags = lineFlags(this.#input, ANY_ROLE, this.#deps);
    const properties = processProperties("any", flags, this.#deps);
    const risk = writtenRisk(properties, this.#deps);
    if (risk?.kind === "reject") throw risk.error;
    const misread = misreadSentence(properties.credential_process, this.#deps.os);
    for (const message of [misread, risk?.reason]) {
      if (message !== undefined) this.#input.terminal.say("warning", message);
    }
  }

  /** Names that clash are told with the offer: nobody needs to say yes to what cannot be written. */
  check(offer: Offer): void {
    this.#names(offer);
  }

  /** What can fail without the keys fails before STS is asked, after the person's yes. */
  prepare(offer: Offer): void {
    const names = this.#names(offer);
    this.#changed(new Map([...names.keys()].map((name) => [name, {}])), offer);
    refuseAllShadowed(names.keys(), { ...this.#target, writes: this.#writes });
    const { say } = this.#input.terminal;
    if (this.#input.values.prune && offer.malformed.length > 0) {
      say("warning", "--prune removes nothing this time, because some roles cannot be read");
    }
    const regions = regionsSentence(this.#request, offer.roles);
    if (regions !== undefined) say("notice", regions);
  }

  /**
   * What the person confirms, unless it answers our own request, or they named the provider that the assertion must
   * be of and STS, which gives the keys, is still to say whether it is true. But a true assertion, too, may be
   * somebody else's: another person than last time is confirmed, and a removal always.
   */
  question(offer: Offer): Confirmed | undefined {
    const { roles } = offer;
    const pruned = this.#pruned(offer);
    const removes = pruned.length > 0;
    const last = this.#memory.last()?.person;
    const another = isAnother(offer, last);
    const named = this.#request.provider !== undefined && this.#writes === "keys";
    if ((named || offer.solicited) && !removes && !another) return undefined;
    this.#asked = true;
    const { accountNames } = this.#request;
    const accounts = [...new Set(roles.map(({ role }) => role.account))].map((account) => {
      const name = accountNames.get(account);
      return name === undefined ? account : `${account} (${name})`;
    });
    const profiles = plural(roles.length, "profile");
    return {
      question: `Write ${profiles}?`,
      yes: `Write ${profiles}${removes ? `, remove ${pruned.length}` : ""}`,
      removes: removes ? prunedText(pruned) : undefined,
      facts: [
        [noun(accounts.length, "Account"), few(accounts, 20)],
        ["File", this.#target.file.path],
      ],
      remarks: [...another ? [lastTimeSentence(last)] : [], ...offer.remarks],
    };
  }

  /** Remembers who has signed in. */
  async remember({ roles: [first], person }: Offer): Promise<void> {
    if (first === undefined) return;
    const { role, provider } = first;
    await this.#memory.remember({ roleArn: role.text, providerArn: provider.text, person });
  }

  /** What --prune would remove. */
  #pruned(offer: Offer): readonly string[] {
    const { path } = this.#target.file;
    const synced = () => this.#synced(new Map(), offer);
    // Nothing is judged before the person's yes.
    return recovered(() => prunedProfiles(readDocument(path), synced()), () => []);
  }

  /** Profiles whose process is this driver, or what would be written. */
  async withoutKeys(offer: Offer): Promise<DoneWords> {
    const names = this.#names(offer);
    const { values } = this.#input;
    const profiles = new Map<string, Properties>();
    for (const [name, pair] of names) {
      const { region } = requestAmong(this.#request, pair, offer.roles);
      const flags = lineFlags(this.#input, {
        ...(region === undefined && { region }),
        ...roleFlags(pair),
      }, this.#deps);
      profiles.set(name, processProperties(name, flags, this.#deps));
    }
    if (values["dry-run"]) {
      const { pruned } = this.#changed(values.process ? profiles : emptied(profiles), offer);
      await this.#input.print(table(
        ["PROFILE", "ROLE"],
        [...names].map(([name, { role }]) => [name, role.text]),
      ));
      for (const name of pruned) this.#tell(`Would remove profile "${name}"`);
      return { sentence: "Nothing was written (--dry-run)" };
    }
    return await this.#write(profiles, offer);
  }

  /** Profiles with keys, for those roles that STS gave. */
  async withKeys(taken: readonly TakenRole[], offer: Offer): Promise<DoneWords> {
    const results = new Map(taken.map((each) => [each.role.text + each.provider.text, each]));
    const profiles = new Map<string, Properties>();
    const refused: Refused[] = [];
    let soonest = Infinity;
    let latest = 0;
    for (const [name, pair] of this.#names(offer)) {
      const exchanged = results.get(pair.role.text + pair.provider.text)?.exchanged;
      if (exchanged === undefined) continue;
      if (exchanged instanceof UserError) {
        refused.push({ name, role: pair.role.text, error: exchanged });
        continue;
      }
      const { expiration } = exchanged.credentials;
      soonest = Math.min(soonest, expiration);
      latest = Math.max(latest, expiration);
      profiles.set(name, keyProperties(exchanged.credentials));
    }
    this.#refused = refused;
    if (profiles.size === 0) this.refuseRest();
    this.#written = profiles.size;
    const done = await this.#write(profiles, offer);
    if (profiles.size > 0) {
      const together = latest - soonest < TOGETHER_MS;
      this.#tell(
        `${together ? "They expire" : "The first expires"} at ${
          localTimeWithSpan(soonest, this.#deps.now())
        }`,
      );
    }
    return {
      ...done,
      more: refused.map(({ name, error }) => `Not written: ${name}. ${error.message}`),
    };
  }

  /** Ends with exit code 6 when STS refused some; the others are written. */
  refuseRest(): void {
    if (this.#refused.length > 0) throw refusedError(this.#refused, this.#written);
  }

  #names(offer: Offer): ReadonlyMap<string, OfferedRole> {
    return profileNamesOf(offer.roles, this.#naming);
  }

  async #write(profiles: ReadonlyMap<string, Properties>, offer: Offer): Promise<DoneWords> {
    const { file } = this.#target;
    const all = this.#synced(profiles, offer);
    // What has only come to be removable since was not confirmed.
    const synced = { ...all, prune: all.prune && this.#asked };
    let pruned: readonly string[] = [];
    await transformFile(file.path, (text) => {
      const change = syncedText(text, synced);
      pruned = change.pruned;
      return change.text;
    });
    const removed = pruned.length === 0 ? "" : `, ${pruned.length} removed`;
    const sentence = `${plural(profiles.size, "profile")} written to ${file.path}${removed}`;
    this.#tell(sentence);
    return { sentence };
  }

  #changed(profiles: ReadonlyMap<string, Properties>, offer: Offer) {
    return syncedText(readTextFile(this.#target.file.path)?.text, this.#synced(profiles, offer));
  }

  #synced(profiles: ReadonlyMap<string, Properties>, offer: Offer | undefined): Synced {
    const { values } = this.#input;
    const newRegions = new Map<string, string>();
    const edits = new Map<string, Properties>();
    const names = offer === undefined || profiles.size === 0 ? [] : this.#names(offer);
    for (const [name, pair] of names) {
      const properties = profiles.get(name);
      if (properties === undefined) continue;
      const region = regionFor(requestAmong(this.#request, pair, offer?.roles ?? []), pair);
      newRegions.set(name, region.name);
      edits.set(name, { ...(region.named && { region: region.name }), ...properties });
    }
    return {
      file: this.#target.file,
      // Each IdP's profiles are known by its own line, so that one's sync does not prune another's.
      mark: SYNC_MARK + foreign(offer?.assertion.issuer ?? this.#request.idp ?? "any IdP"),
      writes: this.#writes,
      profiles: edits,
      newRegions,
      // What is offered and only not asked for this time stays, and so does what STS refused.
      kept: new Set(offer?.all.map((pair) => profileNameOf(pair, this.#naming))),
      prune: (values.prune ?? false) && offer?.malformed.length === 0,
      replace: values.replace ?? false,
    };
  }

  #tell(message: string): void {
    this.#input.terminal.say("notice", message);
  }
}

/** The profiles that are removed, for the page. */
function prunedText(pruned: readonly string[]): string {
  const names = few(pruned.map((name) => `"${foreign(name)}"`), 20);
  return `${plural(pruned.length, "profile")} no longer in your sign-in: ${names}`;
}

function emptied(profiles: ReadonlyMap<string, Properties>): ReadonlyMap<string, Properties> {
  return new Map([...profiles.keys()].map((name) => [name, {}]));
}
