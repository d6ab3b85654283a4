/**
 * Which files have unit tests, by which `deno task mutation` judges sources and the coverage is counted.
 *
 * @module
 */

/** What starts the driver as a program, and what is not about src/. */
const OTHERS =
  /^tests\/(e2e|peers|scripts|support|support_tests|fixtures)\/|^tests\/(docs|house)\.test\.ts$/;

/** Their paths from the project's root, the current folder. */
export function unitTests(): readonly string[] {
  return testsIn("tests").filter((path) => !OTHERS.test(path));
}

/** Every test file in a folder and its folders. */
export function testsIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? testsIn(path) : name.endsWith(".test.ts") ? [path] : [];
  }).toSorted();
}
