/** Asks for a name on the terminal, and leaves before a second one. */

import { openDialog } from "../../src/system/dialog.ts";

const leaving = new AbortController();
using dialog = openDialog(leaving.signal);
if (dialog === undefined) console.log("nobody");
else {
  dialog.write("Name: ");
  console.log(`read ${await dialog.readLine()}`);
  leaving.abort("left");
  console.log(await dialog.readLine().catch((reason) => reason));
}
