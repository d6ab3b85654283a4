/** What is stored: the driver's port, and the IdPs whose sign-ins go by the extension's own page. */

export const DEFAULT_PORT = 8090;

/** @returns {Promise<{ port: number, byPage: string[] }>} */
export async function readSettings() {
  const { port = DEFAULT_PORT, byPage = [] } = await chrome.storage.local.get(["port", "byPage"]);
  return { port, byPage };
}

export async function writeSettings(changes) {
  await chrome.storage.local.set(changes);
}
