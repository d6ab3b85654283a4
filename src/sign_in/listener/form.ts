/**
 * A posted form, read within a cap and a deadline; `Deno.serve` itself has neither.
 *
 * @module
 */

/**
 * STS takes 100,000 characters of base64. Escaped line breaks and signs make them more, and a RelayState
 * comes along: four times that is plenty, and small enough to hold.
 */
const MAX_BODY_BYTES = 400_000;

/** How long a form may take, and how much room there is for all that are on their way. */
interface FormLimits {
  /** Milliseconds; enough for a browser on this very machine is the default. */
  readonly deadlineMs?: number | undefined;
  /**
   * The most bytes that all forms on their way may hold together. Beyond it the oldest is given up: a browser on this
   * machine sends its form in milliseconds, so the oldest is most likely nobody's.
   */
  readonly pendingBytes?: number | undefined;
}

/** The reason why a form was not taken: the status to answer, what is wrong, and the remedy. */
export type FormRefusal = readonly [status: number, title: string, remedy: string];

/** Reads the form of a request. */
export async function readForm(
  request: Request,
  limits: FormLimits = {},
): Promise<URLSearchParams | FormRefusal> {
  const read = await readFormText(request, limits);
  return typeof read === "string" ? new URLSearchParams(read) : read;
}

/** Reads the text of a form, which is still encoded. */
export async function readFormText(
  request: Request,
  { deadlineMs = 10_000, pendingBytes = 10 * MAX_BODY_BYTES }: FormLimits = {},
): Promise<string | FormRefusal> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return [
      415,
      `The form has type "${(type ?? "").slice(0, 80)}"`,
      "An IdP must post application/x-www-form-urlencoded (the HTTP-POST binding).",
    ];
  }
  const body = await readBody(request, { deadlineMs, pendingBytes });
  if (body === "too-large") {
    return [
      413,
      `The form is larger than ${MAX_BODY_BYTES} bytes`,
      "AWS accepts at most 100,000 characters: have your IdP send fewer roles or groups.",
    ];
  }
  if (body === "too-slow") {
    return [408, "The form did not arrive in time", "Sign in again."];
  }
  return body;
}

/** A field of a form. */
export type Field = readonly [name: string, value: string];

/** The fields of a form's text as URLSearchParams finds them, in half the time. */
export function fieldsIn(text: string): readonly Field[] {
  const decode = (part: string) => decodeURIComponent(part.replaceAll("+", " "));
  try {
    return text.split("&").filter(Boolean).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
    });
  } catch {
    // An escape that is none, or no UTF-8.
    return [...new URLSearchParams(text)];
  }
}

/** The one SAMLResponse of a form. */
export function responseOf(form: Iterable<Field>): string | FormRefusal {
  const [field, ...more] = [...form].flatMap(([name, value]) =>
    name === "SAMLResponse" ? value : []
  );
  if (field !== undefined && more.length === 0 && field.trim() !== "") return field;
  const what = field === undefined ? "no" : more.length > 0 ? "more than one" : "an empty";
  return [
    400,
    `The form has ${what} SAMLResponse`,
    "The AWS application at your IdP must post one SAML 2.0 Response.",
  ];
}

/** A body on its way. */
interface Pending {
  size: number;
  readonly giveUp: () => void;
}

/** From the oldest to the newest. */
const pending = new Set<Pending>();

async function readBody(
  request: Request,
  { deadlineMs, pendingBytes }: { readonly deadlineMs: number; readonly pendingBytes: number },
): Promise<string | "too-large" | "too-slow"> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return "too-large";
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const deadline = Promise.withResolvers<"too-slow">();
  const giveUp = () => deadline.resolve("too-slow");
  const timer = setTimeout(giveUp, deadlineMs);
  const mine: Pending = { size: 0, giveUp };
  pending.add(mine);
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (true) {
      const read = await Promise.race([reader.read(), deadline.promise]);
      if (read === "too-slow") {
        // Not awaited: a body that never ends never finishes its canceling either.
        reader.cancel().catch(() => {});
        return read;
      }
      if (read.done) return text + decoder.decode();
      mine.size += read.value.byteLength;
      // What is left of it is the server's to read.
      if (mine.size > MAX_BODY_BYTES) return "too-large";
      text += decoder.decode(read.value, { stream: true });
      makeRoom(pendingBytes);
    }
  } catch {
    // The browser went away in the middle: nobody is left to answer, and nothing was posted.
    return "";
  } finally {
    clearTimeout(timer);
    pending.delete(mine);
    reader.releaseLock();
  }
}

function makeRoom(most: number): void {
  let total = pending.values().reduce((sum, { size }) => sum + size, 0);
  for (const each of pending) {
    if (total <= most) return;
    each.giveUp();
    pending.delete(each);
    total -= each.size;
  }
}
