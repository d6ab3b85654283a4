/**
 * The pages of a sign-in: waiting, on to the IdP, success, trouble and its headlines.
 *
 * @module
 */

import { type ErrorParts, ExitCode, type RoleName, type UserError } from "../../errors.ts";
import { foreign } from "../../text.ts";
import { VERSION } from "../../version.ts";
import { expiryOf, factsOf, shortenedSentence, type SignedIn } from "../outcome.ts";
import { breakable, Html, html, type HtmlValue, type Page, PAGE_SCRIPT } from "./page.ts";

/** `GET /`: somebody looks in while the listener waits. */
export function waitingPage(startPath: string | undefined): Page {
  return {
    status: 200,
    title: "Waiting for your sign-in",
    mood: "neutral",
    body: startPath === undefined
      ? html`<p>Start the sign-in to AWS at your identity provider. It sends you back here.</p>`
      : html`<p>Sign in at your identity provider. It sends you back here.</p>
${actions(link(startPath, "Sign in"))}`,
  };
}

/** The words of a page of success. */
export interface DoneWords {
  /** The title instead of "Signed in to AWS". */
  readonly title?: string | undefined;
  /** The thing that was done, as a sentence without its final period. */
  readonly sentence?: string | undefined;
  /** More to know, each a line or more. */
  readonly more?: readonly string[] | undefined;
  /** A command line to go on with. */
  readonly run?: string | undefined;
}

/** The credentials were delivered. */
export function successPage(signedIn: SignedIn, now: number, words: DoneWords = {}): Page {
  const expiry = expiryOf(signedIn, now);
  const shortened = shortenedSentence(signedIn);
  const more = [...shortened === undefined ? [] : [`${shortened}.`], ...words.more ?? []];
  return donePage(
    { ...words, more },
    html`<dl>${factsOf(signedIn).map(([label, value]) => fact(label, breakable(value)))}${
      fact("Expires", html`<time datetime="${expiry.iso}">${expiry.utc}</time> (${expiry.left})`)
    }</dl>`,
  );
}

/** Says that what was asked for is done. */
export function donePage({ title, sentence, more = [], run }: DoneWords, facts?: Html): Page {
  return {
    status: 200,
    title: title ?? "Signed in to AWS",
    mood: "good",
    script: PAGE_SCRIPT,
    body: html`${facts}
${sentence && html`<p>${breakable(sentence)}.</p>`}
${more.map((each) => html`<p class="hint">${breakable(each)}</p>`)}
${
      run === undefined
        ? html`<p>Return to your terminal. You can close this tab.</p>`
        : html`<p>Try it in your terminal:</p>
<pre>${breakable(run)}</pre>
${actions(copyButton("Copy", run))}
<p>You can close this tab.</p>`
    }`,
  };
}

/** The command that asked has ended: nothing was done, and nothing is wrong. */
export function nobodyPage(): Page {
  return {
    status: 200,
    title: "Nothing to do",
    mood: "neutral",
    body: html`<p>The command that asked has ended. You can close this tab.</p>`,
  };
}

/**
 * Something could not be used or failed: a headline, the terminal's words, what to do, and whether the
 * command still waits.
 */
export function troublePage(
  error: UserError,
  { status, waiting, startPath }: {
    readonly status: number;
    readonly waiting: boolean;
    readonly startPath?: string | undefined;
  },
): Page {
  const { parts } = error;
  const { policy } = parts;
  const title = headlineOf(error);
  const again = waiting && startPath !== undefined ? link(startPath, "Sign in again") : undefined;
  return {
    status,
    title,
    mood: "bad",
    script: PAGE_SCRIPT,
    body: html`<p class="detail">${breakable(error.message)}</p>
${roleList(parts)}
${hint(parts.hint ?? error.hint)}
${isOfTheAccount(error) ? accountSentence(parts) : undefined}
${
      waiting
        ? html`<p>Your command is still waiting${
          startPath === undefined ? ": sign in again at your identity provider" : ""
        }.</p>`
        : html`<p>Fix this, then run the command again.</p>`
    }
${
      policy && html`<h2>Send this to your AWS administrator</h2>
<p class="soft">A trust policy of the role that allows this sign-in:</p>
<pre>${breakable(policy)}</pre>`
    }
${
      actions([
        again,
        policy && copyButton("Copy policy", policy, "primary"),
        copyButton("Copy details", detailsOf(error, title)),
      ])
    }`,
  };
}

/** The error as text, for those who are asked about it. */
function detailsOf(error: UserError, title: string): string {
  const { code, message, hint, parts: { person } } = error;
  return [
    title,
    message,
    hint,
    person && `Signed in as ${foreign(person, 80)}`,
    `${code}, stssamldriver ${VERSION}`,
  ].filter(Boolean).join("\n");
}

/** The number of roles that are read at a glance. */
const ROLES_SHOWN = 10;

function roleList({ roles = [], meant }: ErrorParts): Html | undefined {
  if (roles.length === 0) return undefined;
  const more = roles.length - ROLES_SHOWN;
  return html`${
    meant &&
    html`<p>Did you mean <strong>${
      breakable(`${meant.account} / ${meant.name}`)
    }</strong>? Then run the command again with</p>
<pre>${breakable(`--role-arn ${meant.text}`)}</pre>`
  }
<p>${roles.length === 1 ? "The only role" : "The roles"} in your sign-in:</p>
<table>${roles.slice(0, ROLES_SHOWN).map(roleRow)}</table>
${more > 0 ? html`<p class="soft">and ${more} more</p>` : undefined}`;
}

function roleRow({ account, name }: RoleName): Html {
  return html`
    <tr>
      <td>${account}</td>
      <td>${breakable(name)}</td>
    </tr>
  `;
}

function accountSentence({ person }: ErrorParts): Html | undefined {
  return person === undefined
    ? undefined
    : html`<p>You are signed in as <bdi>${
      foreign(person, 80)
    }</bdi> – sign out of your IdP first to use another account.</p>`;
}

/**
 * The way on to the console: a page of ours that goes on by itself, since a `form-action` policy of the
 * page before would block a redirect to AWS.
 *
 * @param url the login URL, a secret until it was used
 */
export function consolePage(url: string): Page {
  return {
    status: 200,
    title: "Opening the AWS console",
    mood: "good",
    refresh: url,
    body: html`<p>If it doesn't open by itself:</p>
${actions(link(url, "Continue to the AWS console"))}`,
  };
}

/** A second answer to a sign-in that is over. */
export function overPage(): Page {
  return {
    status: 409,
    title: "This sign-in is already over",
    mood: "neutral",
    body: html`<p>Another tab or an earlier click was first. You can close this tab.</p>`,
  };
}

/** A request that is none of the listener's; the words are the remedy. */
export function strayPage(status: number, title: string, remedy: string): Page {
  return { status, title, mood: status === 404 ? "neutral" : "bad", body: html`${hint(remedy)}` };
}

/** The terminal's words. A sentence that is broken for its width flows here, where cards are narrower. */
function hint(text: string | undefined): Html | undefined {
  if (!text) return undefined;
  return html`<p class="hint">${breakable(text.replace(/\n(?=[a-z-])/g, " "))}</p>`;
}

function fact(label: string, value: Html): Html {
  return html`
    <dt>${label}</dt>
    <dd>${value}</dd>
  `;
}

function actions(buttons: HtmlValue): Html {
  return html`<p class="actions">${buttons}</p>`;
}

/** The one thing to do. The page that it leads to need not know of ours. */
export function link(url: string, label: string): Html {
  return html`<a class="button primary" href="${url}" rel="noreferrer">${label}</a>`;
}

/** Shown by the script, since it does nothing without. */
function copyButton(label: string, text: string, primary = ""): Html {
  return html`
    <button type="button" class="button ${primary}" data-copy="${text}" aria-live="polite"
      hidden>${label}</button>
  `;
}

/** By the code of the error. */
const BY_CODE: Readonly<Record<string, string>> = {
  "assertion-unreadable": "Your IdP's response can't be read",
  "assertion-status": "Your IdP didn't sign you in",
  "assertion-absent": "Your IdP's response has no assertion",
  "assertion-other-idp": "That sign-in is from another IdP",
  "assertion-encrypted": "Your sign-in is encrypted",
  "assertion-not-yet-valid": "This computer's clock is behind",
  "assertion-expired": "This sign-in has expired",
  "assertion-session-name": "Your IdP sent no usable session name",
  "assertion-other-provider": "That role needs another SAML provider",
  "role-filtered": "Your filters exclude that role",
  "role-not-offered": "That role isn't in your sign-in",
  "region-mismatch": "That region doesn't fit the role",
  "sts-AccessDenied": "AWS denied access to that role",
  "sts-ExpiredTokenException": "This sign-in has expired",
  "sts-InvalidIdentityToken": "AWS doesn't accept this sign-in",
  "sts-IDPRejectedClaim": "AWS doesn't accept this sign-in",
  "sts-RegionDisabledException": "AWS STS isn't active in that region",
  "console-refused": "The AWS console refused the sign-in",
  "console-unreachable": "Can't reach the AWS console",
  "stdout-unwritable": "The credentials could not be delivered",
  "sync-refused": "AWS refused every role",
  "cancelled": "Canceled",
};

/** By its exit code, for all others. */
const BY_EXIT_CODE: Readonly<Partial<Record<ExitCode, string>>> = {
  [ExitCode.FAULT]: "Something went wrong in stssamldriver",
  [ExitCode.USAGE]: "Your settings don't fit this sign-in",
  [ExitCode.NO_ASSERTION]: "This sign-in has expired",
  [ExitCode.BAD_ASSERTION]: "This sign-in can't be used",
  [ExitCode.REFUSED]: "AWS refused the sign-in",
  [ExitCode.UNREACHABLE]: "Can't reach AWS",
  [ExitCode.FILE]: "Can't write the profile",
};

/** Those that another account at the IdP may help with. */
const OF_THE_ACCOUNT: ReadonlySet<string> = new Set([
  "assertion-other-provider",
  "role-filtered",
  "role-not-offered",
  "sts-AccessDenied",
]);

/** Returns the title of an error's page. */
export function headlineOf({ code, exitCode, parts }: UserError): string {
  return parts.headline ?? BY_CODE[code] ?? BY_EXIT_CODE[exitCode] ?? "The sign-in failed";
}

/** Tells if another account at the IdP may help. */
function isOfTheAccount({ code }: UserError): boolean {
  return OF_THE_ACCOUNT.has(code);
}

/** Makes the page; without scripts the person presses its button. */
export function sentPage(endpoint: URL, field: string): Page {
  return {
    status: 200,
    title: "Continue to your identity provider",
    mood: "neutral",
    form: "anywhere",
    body: html`
      <p>You will sign in at <code>${endpoint.host}</code>.</p>
      <form method="post" action="${endpoint.href}">
        <input type="hidden" name="SAMLRequest" value="${field}">
        <p class="actions"><button class="button primary">Continue</button></p>
      </form>
    `,
    script: new Html("document.forms[0].submit();"),
  };
}
