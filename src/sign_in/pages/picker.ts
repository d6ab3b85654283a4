/**
 * The page on which the person chooses one of the offered roles, and what is shown when it is too late.
 *
 * Without JavaScript it is a plain form with a button for every role; {@linkcode PICKER_SCRIPT} makes it
 * quicker. Pure.
 *
 * @module
 */

import { foreign } from "../../foreign.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./page.ts";
import { PICKER_SCRIPT } from "./picker_script.ts";
import { PICKER_STYLE } from "./picker_style.ts";

/** A role as the page shows it. */
export interface PickerRole {
  /** What the form posts as `role`. */
  readonly key: string;
  /** The account's number. */
  readonly account: string;
  readonly accountName?: string | undefined;
  /** The role's name with its path. */
  readonly name: string;
  /** The provider's name; shown only when the same role is offered through another one too. */
  readonly provider?: string | undefined;
}

/** All that the page shows. */
export interface PickerModel {
  /** What proves that the choice comes from this very page; posted as `token`. */
  readonly token: string;
  /** The path that the form posts to. */
  readonly action: string;
  /** In any order; at least one. */
  readonly roles: readonly PickerRole[];
  /** The key of the role that was taken last time by these settings: it comes first. */
  readonly last?: string | undefined;
  readonly person?: string | undefined;
  readonly idp?: string | undefined;
  /** How long the assertion can be redeemed from now, milliseconds. */
  readonly remainingMs: number;
  /** Why these are not all: `narrowed by --account 111122223333`. */
  readonly narrowed?: string | undefined;
  /** Where the person can sign in again when the time is over. */
  readonly startPath?: string | undefined;
}

/** Roles of one account. */
interface Account {
  readonly number: string;
  readonly name: string | undefined;
  readonly roles: readonly PickerRole[];
}

/** Fewer roles than these are seen at a glance: a search field above them would only be in the way. */
const SEARCH_FROM = 5;

/** For people: `dev2` before `dev10`, capitals beside small letters; the same on every machine. */
const COLLATOR = new Intl.Collator("en", { numeric: true });

/** The page of the choice; of a confirmation when there is one role only. */
export function pickerPage(model: PickerModel): Page {
  const [first] = model.roles;
  const only = model.roles.length === 1 ? first : undefined;
  return {
    status: 200,
    title: only === undefined ? "Choose a role" : "Take this role?",
    mood: "plain",
    form: true,
    style: PICKER_STYLE,
    script: PICKER_SCRIPT,
    // No autofocus: a press of Enter that was meant for the page before must not take a role. The script
    // focuses after a moment.
    body: html`
      ${only === undefined ? whoLine(model) : undefined}
      ${model.roles.length >= SEARCH_FROM ? SEARCH : undefined}
      ${only === undefined ? countLine(model) : onlyFacts(only, model)}
      <form
        id="choice"
        method="post"
        action="${model.action}"
        autocomplete="off"
        data-left="${Math.max(0, Math.round(model.remainingMs))}"
      >
        <input type="hidden" name="token" value="${model.token}">
        ${only === undefined ? roleList(model) : undefined}
        <div class="bar">
          <p>
            <span id="time" role="timer">${clock(model.remainingMs)} left</span>
            <span id="still">when this page opened</span>
            <span id="say" role="status"></span>
          </p>
          ${only &&
            html`<button type="submit" class="take" name="role" value="${only.key}">Take it</button>`}
          <button type="submit" class="cancel" name="cancel" value="1">Cancel</button>
        </div>
      </form>
      <div id="over" role="alert" data-title="${EXPIRED_TITLE}" hidden>
        ${expiredBody(model.startPath)}
      </div>
    `,
  };
}

/** Why a choice can no longer be made on a page. */
export type GoneReason = "replaced" | "expired" | "taken" | "cancelled";

const EXPIRED_TITLE = "The time to choose is over";

/**
 * What is shown instead of the picker, or in answer to it, when there is nothing to choose any more.
 *
 * @param startPath where the person can sign in again
 */
export function gonePage(reason: GoneReason, startPath?: string): Page {
  switch (reason) {
    case "replaced":
      return gone(
        410,
        "A newer sign-in took this page's place",
        html`<p>Choose in the tab of the newer sign-in. You can close this one.</p>`,
      );
    case "expired":
      return gone(410, EXPIRED_TITLE, expiredBody(startPath));
    case "taken":
      return gone(
        409,
        "A role was chosen already",
        html`<p>Another tab or an earlier click was first. You can close this tab.</p>`,
      );
    case "cancelled":
      return gone(
        200,
        "Cancelled",
        html`<p>No role was taken, and the driver has stopped. You can close this tab.</p>`,
      );
  }
}

function gone(status: number, title: string, body: Html): Page {
  return { status, title, mood: "plain", body };
}

function expiredBody(startPath: string | undefined): Html {
  return html`
    <p>AWS takes a sign-in for a few minutes only, and this one can no longer be used.</p>
    ${startPath === undefined
      ? html`<p>Sign in again at your identity provider: the driver is still waiting.</p>`
      : html`<p>The driver is still waiting: <a href="${startPath}">sign in again</a>.</p>`}
  `;
}

// Shown by the script, since it does nothing without. Outside the form: Enter in it is the script's affair.
const SEARCH = html`
  <div id="search" hidden>
    <label for="find">Find a role</label>
    <input
      id="find"
      type="search"
      placeholder="Account or role"
      autocomplete="off"
      autocapitalize="none"
      spellcheck="false"
      enterkeyhint="go"
      aria-controls="roles"
      aria-describedby="count"
      aria-keyshortcuts="/"
    >
    <kbd aria-hidden="true">/</kbd>
  </div>
`;

function whoLine({ person, idp }: PickerModel): Html | undefined {
  if (!person && !idp) return undefined;
  return html`
    <p class="who">
      Signed in${person && html`
        as <bdi>${foreign(person)}</bdi>
      `}${idp && html`
        <span>through <bdi>${foreign(idp)}</bdi></span>
      `}
    </p>
  `;
}

function countLine({ roles, narrowed }: PickerModel): Html {
  const accounts = new Set(roles.map((role) => role.account)).size;
  const all = `${counted(roles.length, "role")} in ${counted(accounts, "account")}`;
  return html`
    <p id="count" role="status">
      ${all}${narrowed && `, ${foreign(narrowed)}`}
    </p>
  `;
}

/** What is confirmed, by the same names that the page of success will have. */
function onlyFacts(role: PickerRole, { person, idp, narrowed }: PickerModel): Html {
  const account = foreign(
    role.accountName === undefined ? role.account : `${role.accountName} (${role.account})`,
  );
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Role", role.name],
    ["Account", account],
    ["Signed in as", person],
    ["Through", idp],
  ];
  return html`
    <dl>${facts.map(([label, value]) =>
      value && html`
        <dt>${label}</dt>
        <dd><bdi>${foreign(value)}</bdi></dd>
      `
    )}</dl>
    ${narrowed && html`<p class="who">The only one, ${foreign(narrowed)}</p>`}
  `;
}

function roleList(model: PickerModel): Html {
  const twice = offeredTwice(model.roles);
  return html`
    <div id="roles">
      ${accountsOf(model).map((account, index) =>
        html`
          <div class="account" role="group" aria-labelledby="account${index}">
            <h2 id="account${index}">${accountTitle(account)}</h2>
            <ul>
              ${account.roles.map((role) =>
                roleItem(role, role.key === model.last, twice.has(identity(role)))
              )}
            </ul>
          </div>
        `
      )}
    </div>
  `;
}

function accountTitle({ number, name }: Account): Html {
  return name === undefined
    ? html`<span class="number">${number}</span>`
    : html`<bdi>${foreign(name)}</bdi> <span class="number">${number}</span>`;
}

function roleItem(role: PickerRole, last: boolean, twice: boolean): Html {
  const slash = role.name.lastIndexOf("/") + 1;
  // Two lines of the formatter's would be a blank in the middle of the name.
  const path = slash > 0 ? html`<span class="path">${role.name.slice(0, slash)}</span>` : undefined;
  const provider = twice && role.provider !== undefined
    ? html`
      <span class="provider">through ${foreign(role.provider)}</span>
    `
    : undefined;
  const name = html`<span class="name">${path}${role.name.slice(slash)}${provider}</span>`;
  const tag = last
    ? html`
      <span class="tag">last time</span>
    `
    : undefined;
  return html`
    <li>
      <button type="submit" class="${last ? "last" : ""}" name="role"
        value="${role.key}">${name}${tag}</button>
    </li>
  `;
}

/** Groups by account: that of the role taken last, then those with a name, then those with a number only. */
function accountsOf({ roles, last }: PickerModel): readonly Account[] {
  const groups = Map.groupBy(roles, (role) => role.account);
  const isLast = (role: PickerRole) => role.key === last;
  return [...groups]
    .map(([number, own]): Account => ({
      number,
      name: own.find((role) => role.accountName !== undefined)?.accountName,
      roles: own.toSorted((a, b) =>
        Number(isLast(b)) - Number(isLast(a)) || COLLATOR.compare(a.name, b.name)
      ),
    }))
    .toSorted((a, b) =>
      Number(b.roles.some(isLast)) - Number(a.roles.some(isLast)) ||
      Number(a.name === undefined) - Number(b.name === undefined) ||
      COLLATOR.compare(a.name ?? "", b.name ?? "") ||
      COLLATOR.compare(a.number, b.number)
    );
}

/** Roles that are offered through more than one provider: only there the provider tells them apart. */
function offeredTwice(roles: readonly PickerRole[]): ReadonlySet<string> {
  const groups = Map.groupBy(roles, identity);
  return new Set([...groups].filter(([, same]) => same.length > 1).map(([key]) => key));
}

function identity(role: PickerRole): string {
  return `${role.account}:${role.name}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** `4:05`, as the script counts it down. */
function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
