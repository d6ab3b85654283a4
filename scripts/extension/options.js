/** The options: the driver's port, and the IdPs whose sign-ins are sent on by the extension's own page. */

import { readSettings, writeSettings } from "./settings.js";

const element = (id) => document.getElementById(id);

function showHosts(hosts) {
  element("no-hosts").hidden = hosts.length > 0;
  element("hosts").replaceChildren(...hosts.map((host) => {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove ${host}`);
    remove.addEventListener("click", async () => {
      const { byPage } = await readSettings();
      const rest = byPage.filter((each) => each !== host);
      await writeSettings({ byPage: rest });
      showHosts(rest);
    });
    item.append(host, remove);
    return item;
  }));
}

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await writeSettings({ port: element("port").valueAsNumber });
  element("saved").textContent = "Saved";
});
element("port").addEventListener("input", () => element("saved").textContent = "");

const { port, byPage } = await readSettings();
element("port").valueAsNumber = port;
showHosts(byPage);
