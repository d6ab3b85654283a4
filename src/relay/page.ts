/**
 * The pages of the relay: the choice of where a sign-in goes, among AWS's own sign-in hosts and the driver on the
 * person's own machine, and what is answered to everything else. Pure.
 *
 * @module
 */

import type { UserError } from "../errors.ts";
import type { ReadAssertion } from "../saml/reader.ts";
import { sessionName } from "../saml/roles.ts";
import type { Field } from "../sign_in/listener/form.ts";
import {
  breakable,
  type Fact,
  factRows,
  Html,
  html,
  type HtmlValue,
  type Page,
} from "../sign_in/pages/page.ts";
import { headlineOf, strayPage } from "../sign_in/pages/pages.ts";
import { CLICK_GUARD } from "../sign_in/pages/question_script.ts";
import { foreign, plural } from "../text.ts";
import { type Partition, PARTITIONS, signInHost } from "../aws/partition.ts";

// No page has a character beyond ASCII that is not the IdP's: its text would take twice the room, and longer.
const FOOTER = "stssamldriver relay: keeps nothing of your sign-in";

const CAUTION = breakable("Not verified yet: continue only if you started this sign-in.");

/** A Response that can be used, as far as can be told without AWS. */
export type ReadResponse = Pick<ReadAssertion, "response" | "offer">;

/**
 * The page on which the person chooses. A form of any site can lead here, with anybody's assertion: nothing goes on
 * without a click, and the page says whose sign-in it is.
 *
 * @param fields of the form as they came, in their order
 */
export function choicePage(
  fields: readonly Field[],
  read: ReadResponse,
  { driverPort }: { readonly driverPort: number },
): Page {
  const { consoles, others } = consolesOf(read.offer);
  const driver = `http://localhost:${driverPort}/saml`;
  return {
    status: 200,
    title: "Where do you want to sign in?",
    mood: "neutral",
    form: "anywhere",
    footer: FOOTER,
    style: STYLE,
    script: SCRIPT,
    // No autofocus: a press of Enter that was meant for the page before must not choose. The script focuses after
    // a moment.
    body: html`<dl>${factRows(factsOf(read))}</dl>
<p class="soft">${CAUTION}</p>
<form method="post" accept-charset="utf-8" autocomplete="off">
${fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<div class="ways">
${consoles.map((each, index) => consoleWay(each, index === 0 ? "way primary" : "way"))}
${
      way(
        { to: "driver", url: driver, label: "Command line", look: "way" },
        html`
          <code>stssamldriver</code> must be waiting on this computer
        `,
      )
    }
</div>
${
      others.length === 0 ? undefined : html`
        <details>
          <summary>Another AWS partition</summary>
          <div class="ways">${others.map((each) => consoleWay(each, "way"))}</div>
        </details>
      `
    }
<div class="copying" hidden>
<button type="button" class="button" id="copy">Copy for pasting</button>
<span class="soft">for <code>stssamldriver --paste</code> on another computer</span>
</div>
<p class="soft" id="say" role="status"></p>
</form>`,
  };
}

/** What the assertion says; nobody has verified it. */
function factsOf(
  { offer: { roles }, response: { assertion, issuer } }: ReadResponse,
): readonly Fact[] {
  const readable = typeof assertion === "string" ? undefined : assertion;
  const person = readable && sessionName(readable);
  const idp = readable?.issuer ?? issuer;
  const accounts = new Set(roles.map(({ role }) => role.account)).size;
  const offered = `${plural(roles.length, "role")} in ${plural(accounts, "account")}`;
  return [
    ["Signed in as", person && foreign(person)],
    ["Identity provider", idp && foreign(idp)],
    ["Offers", roles.length > 0 ? offered : undefined],
  ];
}

function consoleWay({ url, name, host }: Console, look: string): Html {
  return way({ to: "console", url, label: name, look }, host);
}

function way(
  { to, url, label, look }: {
    readonly to: "console" | "driver";
    readonly url: string;
    readonly label: string;
    readonly look: string;
  },
  about: HtmlValue,
): Html {
  return html`
    <button type="submit" class="button ${look}" formaction="${url}"
      data-to="${to}"><strong>${label}</strong>
      <span>${about}</span></button>
  `;
}

/** `GET /`, and `GET /saml`: somebody looks in. */
export function aboutPage(status: number, headers: Readonly<Record<string, string>> = {}): Page {
  return {
    status,
    title: "This page passes on sign-ins to AWS",
    mood: "neutral",
    headers,
    footer: FOOTER,
    body:
      html`<p>Your identity provider sends your sign-in here, and you choose between the AWS console and the
command line. Start at your identity provider.</p>`,
  };
}

/** A request that cannot be used; the words are the remedy. */
export function refusalPage(status: number, title: string, remedy: string): Page {
  return { ...strayPage(status, title, remedy), footer: FOOTER };
}

/** Their messages name the clock of the reader's own machine, and here it is the relay's. */
const OF_CLOCKS: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  "assertion-expired": ["This sign-in has expired", "Its time is over by the relay's clock"],
  "assertion-not-yet-valid": [
    "This sign-in isn't valid yet",
    "It is from the future by the relay's clock",
  ],
};

/** A Response that cannot be used. */
export function unusablePage(error: UserError): Page {
  const ofClocks = OF_CLOCKS[error.code];
  const [title, detail] = ofClocks ?? [headlineOf(error), error.message];
  const hint = ofClocks === undefined
    ? error.hint?.replace(/\n(?=[a-z-])/g, " ")
    : "Sign in again, without the browser's Back or Reload button. If you have only just signed in, ask your " +
      "administrator to compare the clocks of the IdP and of this relay.";
  return {
    status: 400,
    title,
    mood: "bad",
    footer: FOOTER,
    body: html`<p class="detail">${breakable(detail)}</p>
${hint && html`<p class="hint">${breakable(hint)}</p>`}`,
  };
}

const STYLE = new Html(String.raw`
.ways{display:grid;gap:.6rem;margin:1rem 0}
.way{width:100%;text-align:left;padding:.7rem 1rem}
.way strong,.way span{display:block}
.way span{font-size:.9rem;font-weight:400;color:var(--soft);overflow-wrap:anywhere}
.way.primary span{color:inherit}
details{margin:1rem 0}
summary{cursor:pointer;color:var(--link)}
summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.copying{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:center}
.copying .soft{flex:1 1 12rem}
#say{margin-bottom:0}#say:empty{display:none}
@media (max-width:30rem){.copying .button{flex:1 1 100%}}
/* The second half of a double click that began on another site's page must not choose. */
@keyframes settle{from{pointer-events:none}to{pointer-events:auto}}
form{animation:settle .4s step-end}
`);

/**
 * The script, ES2020. It asks the form for nothing by name: the names of its fields are anybody's. The last choice is
 * in a cookie that the script alone reads, since the IdP's form brings none along.
 */
const SCRIPT = new Html(String.raw`"use strict";
(() => {
  const form = document.querySelector("main");
  const ways = [...document.querySelectorAll("[data-to]")];
  const say = (text) => document.getElementById("say").textContent = text;
  const last = /(?:^|; )stssamldriver-relay=(\w+)/.exec(document.cookie)?.[1];
  const first = ways.find((way) => way.dataset.to === last) ?? ways[0];
  for (const way of ways) way.classList.toggle("primary", way === first);
${CLICK_GUARD}
  let sent = false;
  form.addEventListener("submit", (event) => {
    const to = event.submitter?.dataset.to;
    if (sent || to === undefined) return event.preventDefault();
    sent = true;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "stssamldriver-relay=" + to + "; Path=/; Max-Age=31536000; SameSite=Strict" + secure;
    say("Passing on \u2026");
  });
  // Back to a page that the browser had kept.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    sent = false;
    say("");
  });
  // Held down since the page before.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.repeat) event.preventDefault();
  });
  const copy = document.getElementById("copy");
  copy.parentElement.hidden = false;
  copy.addEventListener("click", async () => {
    const { value } = document.querySelector('input[name="SAMLResponse"]');
    // As one line; a blank inside it was a plus sign that somebody did not escape.
    const lines = value.trim().split(/[\r\n]+/).map((line) => line.trim());
    try {
      await navigator.clipboard.writeText(lines.join("").replaceAll(" ", "+"));
      say("Copied: paste it into your terminal within five minutes");
    } catch {
      say("Copying failed");
    }
  });
  setTimeout(() => {
    if (document.activeElement === document.body) first.focus({ preventScroll: true });
  }, SETTLE_MS);
})();
`);

/** A console's sign-in. */
interface Console {
  readonly name: string;
  readonly host: string;
  readonly url: string;
}

const NAMES: Readonly<Record<string, string>> = {
  "aws": "AWS console",
  "aws-us-gov": "AWS GovCloud (US) console",
  "aws-cn": "AWS China console",
  "aws-eusc": "AWS European Sovereign Cloud console",
};

/**
 * The consoles of the partitions that an assertion's roles are in. Of an encrypted one nobody here can tell them: then
 * it is the commercial one, and all others whose hosts are public. The roles are anybody's word, but they only choose
 * among AWS's hosts.
 */
function consolesOf({ roles }: ReadResponse["offer"]) {
  const named = new Set(roles.map(({ role }) => role.partition));
  if (named.size > 0) return { consoles: [...named].map(consoleOf), others: [] };
  const open = PARTITIONS.filter(({ console }) => console !== undefined).map(consoleOf);
  return { consoles: open.slice(0, 1), others: open.slice(1) };
}

function consoleOf(partition: Partition): Console {
  const host = signInHost(partition, undefined);
  return {
    name: NAMES[partition.id] ?? `${partition.id} console`,
    host,
    url: `https://${host}/saml`,
  };
}
