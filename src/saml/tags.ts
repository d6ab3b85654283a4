/**
 * The session tags and the source identity of an assertion, by the rules of STS. Names only: the values are the
 * IdP's own matter.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html
 * @module
 */

import { few, plural } from "../text.ts";
import { AWS_ATTRIBUTE } from "./attribute.ts";
import { nameShown } from "./attribute_names.ts";
import type { Assertion } from "./response.ts";
import { nameFault } from "./session_name.ts";

const TAG = `${AWS_ATTRIBUTE}PrincipalTag:`;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const MOST_TAGS = 50;

type Attributes = Pick<Assertion, "attributes">;

/** A session tag. */
interface Tag {
  readonly key: string;
  readonly values: readonly string[];
}

function tagsOf({ attributes }: Attributes): readonly Tag[] {
  return [...attributes].filter(([name]) => name.startsWith(TAG))
    .map(([name, values]) => ({ key: name.slice(TAG.length), values }));
}

/** The keys of the session tags. */
export function tagKeys(assertion: Attributes): readonly string[] {
  return tagsOf(assertion).map(({ key }) => key);
}

/** Says which rules of STS the tags break, as sentences without final periods. */
export function tagFaults(assertion: Attributes): readonly string[] {
  const tags = tagsOf(assertion);
  const count = tags.length > MOST_TAGS
    ? [`The assertion has ${tags.length} session tags, and STS takes ${MOST_TAGS} at most`]
    : [];
  const each = tags.flatMap((tag) => {
    const fault = keyFault(tag.key) ?? valueFault(tag.values);
    return fault === undefined ? [] : [`${tagShown(tag)} ${fault}`];
  });
  const alike = [...Map.groupBy(tags, ({ key }) => key.toLowerCase()).values()]
    .filter(({ length }) => length > 1)
    .map((same) => `${same.map(tagShown).join(" and ")} differ in case only, which makes them one`);
  return [...count, ...each, ...alike, ...transitiveFaults(assertion, tags)];
}

function keyFault(key: string): string | undefined {
  if (key === "") return "has no key after the colon";
  if (key.length > LONGEST_KEY) {
    return `has a key of ${key.length} characters, and STS takes ${LONGEST_KEY} at most`;
  }
  if (/^aws:/i.test(key)) return "begins with aws:, which is AWS's own";
  return isOfTag(key) ? undefined : `has characters in its key that STS does not take ${TAKEN}`;
}

function valueFault(values: readonly string[]): string | undefined {
  if (values.length > 1) return `has ${values.length} values, and a session tag has one`;
  const [value = ""] = values;
  if (value.length > LONGEST_VALUE) {
    return `has a value of ${value.length} characters, and STS takes ${LONGEST_VALUE} at most`;
  }
  return isOfTag(value) ? undefined : `has characters in its value that STS does not take ${TAKEN}`;
}

const TAKEN = "(letters, digits, spaces and _.:/=+-@)";

function isOfTag(text: string): boolean {
  return /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text);
}

function transitiveFaults({ attributes }: Attributes, tags: readonly Tag[]): readonly string[] {
  const keys = new Set(tags.map(({ key }) => key.toLowerCase()));
  const unknown = (attributes.get(`${AWS_ATTRIBUTE}TransitiveTagKeys`) ?? [])
    .filter((key) => !keys.has(key.toLowerCase()));
  return unknown.length === 0
    ? []
    : [`TransitiveTagKeys names ${
      few(unknown.map((key) => nameShown(key, 60)), 8)
    }, and there is no such tag`];
}

/** Names the tags, where none of them is known to break a rule. */
export function tagNames(assertion: Attributes): readonly string[] {
  const tags = tagsOf(assertion);
  return tags.length === 0 ? [] : [`The assertion's session tags: ${few(tags.map(tagShown), 8)}.`];
}

/** Names the tags that take the most room. */
export function largestTags(assertion: Attributes): readonly string[] {
  const size = ({ key, values }: Tag) => key.length + values.join("").length;
  const tags = tagsOf(assertion).toSorted((a, b) => size(b) - size(a));
  if (tags.length === 0) return [];
  const shown = tags.slice(0, 3).map((tag) =>
    `${tagShown(tag)} (${plural(size(tag), "character")})`
  );
  return [
    `The largest of the assertion's ${plural(tags.length, "session tag")}: ${shown.join(", ")}.`,
  ];
}

/** Says why STS does not take the SourceIdentity; `undefined` when it does, or when there is none. */
export function sourceIdentityFault({ attributes }: Attributes): string | undefined {
  const [identity] = attributes.get(`${AWS_ATTRIBUTE}SourceIdentity`) ?? [];
  if (identity === undefined) return undefined;
  const fault = identity === "" ? "it is empty" : nameFault(identity);
  // One that begins with aws:, which is AWS's own, has a colon.
  return fault && `STS does not take the assertion's SourceIdentity: ${fault}`;
}

function tagShown({ key }: Pick<Tag, "key">): string {
  return `PrincipalTag ${nameShown(key, 60)}`;
}
