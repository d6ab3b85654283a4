/**
 * What a person reads on a page of the driver, from its markup.
 *
 * @module
 */

/** The heading of a page. */
export function headingOf(page: string): string {
  return textOf(/<h1>(.*?)<\/h1>/s.exec(page)?.[1] ?? "");
}

/** The words of an error, which the terminal has too; empty on all other pages. */
export function detailOf(page: string): string {
  return textOf(/<p class="detail">(.*?)<\/p>/s.exec(page)?.[1] ?? "");
}

/** All that stands on a page, in one line. */
export function wordsOf(page: string): string {
  const main = /<main.*?<\/main>/s.exec(page)?.[0] ?? page;
  return textOf(main.replace(/<(?:\/?(?:p|h1|h2|dt|dd|td|tr|pre|button))\b/g, " $&"))
    .replace(/\s+/g, " ").trim();
}

function textOf(markup: string): string {
  return markup.replace(/<[^>]*>/g, "")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
