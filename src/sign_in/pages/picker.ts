/**
 * The page on which the person chooses one of the offered roles: without JavaScript a form with a
 * button for every role. Pure.
 *
 * @module
 */

import { foreign, plural } from "../../text.ts";
import { breakable, type Fact, factRows, type Html, html, type Page } from "./page.ts";
import { type QuestionFrame, questionPage } from "./question.ts";

/** A role as the page shows it. */
export interface PickerRole {
  /** The value that the form posts as `role`. */
  readonly key: string;
  /** The account's number. */
  readonly account: string;
  readonly accountName?: string | undefined;
  /** The role's name with its path. */
  readonly name: string;
  /** The provider's name, where the same role is offered through another one too. */
  readonly provider?: string | undefined;
}

/** All that the page shows. */
export interface PickerModel extends QuestionFrame {
  /** The roles in any order; at least one. */
  readonly roles: readonly PickerRole[];
  /** The key of the role that was taken last time by these settings: it comes first. */
  readonly last?: string | undefined;
  readonly person?: string | undefined;
  readonly idp?: string | undefined;
  /** Sentences, each without its final period, on roles that could not be read and are not among these. */
  readonly malformed?: readonly string[];
  /** The reason why these are not all: `limited by --account 111122223333`. */
  readonly narrowed?: string | undefined;
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
  return questionPage(model, {
    title: only === undefined ? "Choose a role" : "Use this role?",
    above: html`
      ${only === undefined ? whoLine(model) : undefined}
      ${model.roles.length >= SEARCH_FROM ? SEARCH : undefined}
      ${only === undefined ? countLine(model) : onlyFacts(only, model)}
      ${model.malformed?.map((each) => html`<p class="note">${each}.</p>`)}
    `,
    choices: only === undefined ? roleList(model) : undefined,
    ...(only && { take: { name: "role", value: only.key, label: "Use role" } }),
    left: only === undefined ? "left to choose" : "left to confirm",
    busy: "Requesting credentials …",
  });
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
        <span>through <bdi>${breakable(foreign(idp))}</bdi></span>
      `}
    </p>
  `;
}

function countLine({ roles, narrowed }: PickerModel): Html {
  const accounts = new Set(roles.map((role) => role.account)).size;
  const all = `${plural(roles.length, "role")} in ${plural(accounts, "account")}`;
  return html`
    <p id="count" role="status">
      ${all}${narrowed && html`, ${breakable(foreign(narrowed))}`}
    </p>
  `;
}

/** Lists what is confirmed, by the same names that the page of success will have. */
function onlyFacts(role: PickerRole, { person, idp, narrowed }: PickerModel): Html {
  const account = foreign(
    role.accountName === undefined ? role.account : `${role.accountName} (${role.account})`,
  );
  const facts: readonly Fact[] = [
    ["Role", foreign(role.name)],
    ["Account", account],
    ["Signed in as", person && foreign(person)],
    ["Identity provider", idp && foreign(idp)],
  ];
  return html`
    <dl>${factRows(facts)}</dl>
    ${narrowed && html`<p class="who">The only one, ${breakable(foreign(narrowed))}</p>`}
  `;
}

function roleList(model: PickerModel): Html {
  return html`
    <div id="roles">
      ${accountsOf(model).map((account, index) =>
        html`
          <div class="account" role="group" aria-labelledby="account${index}">
            <h2 id="account${index}">${accountTitle(account)}</h2>
            <ul>
              ${account.roles.map((role) =>
                roleItem(role, { heading: `account${index}`, last: role.key === model.last })
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

function roleItem(
  role: PickerRole,
  { heading, last }: {
    /** The id of its account's heading. */
    readonly heading: string;
    readonly last: boolean;
  },
): Html {
  const slash = role.name.lastIndexOf("/") + 1;
  // Two lines of the formatter's would be a blank in the middle of the name.
  const path = slash > 0 ? html`<span class="path">${role.name.slice(0, slash)}</span>` : undefined;
  const provider = role.provider !== undefined
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
      <button type="submit" class="${last ? "last" : ""}" aria-describedby="${heading}" name="role"
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
