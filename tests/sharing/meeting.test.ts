import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import {
  connect,
  makeFolder,
  type Meeting,
  newKey,
  proveAsCaller,
  proveAsServer,
  readMeeting,
  removeMeeting,
  writeMeeting,
} from "../../src/sharing/meeting.ts";
import { inFolder, modeOf, names, POSIX, refused } from "../system/files.ts";
import { Lines } from "../../src/sharing/messages.ts";

const MEETING: Meeting = { port: 40_000, key: "a key", instance: "one" };
const ROOT = POSIX && Deno.uid() === 0;

const inMeetingFolder = (
  body: (path: string, folder: string) => Promise<void> | void,
): Promise<void> =>
  inFolder((folder) => {
    makeFolder(`${folder}/cache/sharing/x.json`);
    return body(`${folder}/cache/sharing/x.json`, `${folder}/cache/sharing`);
  });

Deno.test("meeting: what one server writes all read, and this user alone", () =>
  inMeetingFolder((path, folder) => {
    assert.equal(readMeeting(path), undefined);
    writeMeeting(path, MEETING);
    assert.deepEqual(readMeeting(path), MEETING);
    writeMeeting(path, { ...MEETING, instance: "two" });
    assert.equal(readMeeting(path)?.instance, "two");
    assert.deepEqual(names(folder), ["x.json"], "nothing is left beside it");
    if (!POSIX) return;
    assert.equal(modeOf(path), 0o600);
    assert.equal(modeOf(folder), 0o700);
  }));

Deno.test("meeting: a server removes its own only", () =>
  inMeetingFolder((path) => {
    writeMeeting(path, { ...MEETING, instance: "another" });
    removeMeeting(path, MEETING);
    assert.equal(readMeeting(path)?.instance, "another");
    removeMeeting(path, { ...MEETING, instance: "another" });
    removeMeeting(path, { ...MEETING, instance: "another" });
    assert.equal(readMeeting(path), undefined);
  }));

Deno.test("meeting: what is no whole meeting is none", () =>
  inMeetingFolder((path) => {
    const whole = JSON.stringify(MEETING);
    const texts = [
      "",
      "{",
      "[]",
      "null",
      whole.slice(0, 20),
      JSON.stringify({ port: 1, key: "k" }),
    ];
    for (const odd of [{ port: "1" }, { key: "" }, { key: 1 }, { instance: null }]) {
      texts.push(JSON.stringify({ ...MEETING, ...odd }));
    }
    for (const text of texts) {
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
      assert.equal(readMeeting(path), undefined, text);
    }
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.equal(readMeeting(path), undefined, "a folder");
  }));

Deno.test({
  name: "meeting: one that others could have written is not believed",
  ignore: !POSIX,
  fn: () =>
    inMeetingFolder((path, folder) => {
      writeMeeting(path, MEETING);
      for (const mode of [0o644, 0o620, 0o602]) {
        Deno.chmodSync(path, mode);
        assert.equal(readMeeting(path), undefined, mode.toString(8));
      }
      Deno.chmodSync(path, 0o600);
      for (const mode of [0o720, 0o702]) {
        Deno.chmodSync(folder, mode);
        assert.equal(readMeeting(path), undefined, `the folder's ${mode.toString(8)}`);
      }
      makeFolder(path);
      assert.equal(modeOf(folder), 0o700, "closed before anything is written there");
      assert.equal(readMeeting(path), undefined, "and what was there by then is not believed");
    }),
});

Deno.test({
  name: "meeting: another user's file is not believed, and another user's folder not used",
  ignore: !ROOT,
  fn: () =>
    inMeetingFolder((path, folder) => {
      writeMeeting(path, MEETING);
      Deno.chownSync(path, 65534, 65534);
      assert.equal(readMeeting(path), undefined);
      Deno.chownSync(path, 0, 0);
      Deno.chownSync(folder, 65534, 65534);
      assert.equal(readMeeting(path), undefined);
      assert.throws(() => makeFolder(path), refused("folder-foreign", /belongs to another user$/));
    }),
});

Deno.test("meeting: where no folder can be made it is said", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    assert.throws(
      () => makeFolder(`${folder}/file/sharing/x.json`),
      refused("folder-missing", /./),
    );
  }));

/** Listens, does something with each connection, and is connected to. */
async function connecting(
  serve: (connection: Deno.TcpConn) => Promise<void>,
): Promise<readonly [found: boolean, ms: number]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.TcpConn[] = [];
  const served = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await serve(connection).catch(() => {});
    }
  })();
  const start = performance.now();
  const lines = await connect({ ...MEETING, port: listener.addr.port });
  const passed = performance.now() - start;
  lines?.close();
  listener.close();
  for (const connection of connections) connection.close();
  await served;
  return [lines !== undefined, passed];
}

async function echo(connection: Deno.TcpConn): Promise<void> {
  await connection.readable.pipeTo(connection.writable);
}

async function says(connection: Deno.TcpConn, text: string): Promise<void> {
  await connection.read(new Uint8Array(1000));
  await connection.write(new TextEncoder().encode(text));
}

/** Programs that may listen at the port of a server that is gone. */
const FOREIGN: Readonly<Record<string, (connection: Deno.TcpConn) => Promise<void>>> = {
  "says nothing": () => Promise.resolve(),
  "sends everything back": echo,
  "speaks HTTP": (connection) => says(connection, "HTTP/1.1 400 Bad Request\r\n\r\n"),
  "says that all is done": (connection) => says(connection, `{"kind":"kept"}\n`),
  "sends without end": async (connection) => {
    while (true) await connection.write(new Uint8Array(10_000).fill(0x78));
  },
};

for (const [what, serve] of Object.entries(FOREIGN)) {
  Deno.test(`connect: a program that ${what} is nobody`, async () => {
    const [found] = await connecting(serve);
    assert.equal(found, false);
  });
}

Deno.test("connect: a port that nobody listens at, or that is none, is nobody", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const each of [port, 0, -1, 70_000, 1.5]) {
    assert.equal(await connect({ ...MEETING, port: each }), undefined, `${each}`);
  }
});

/** Two ends of one connection. */
async function withConnection(body: (caller: Lines, server: Lines) => Promise<void>) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [caller, server] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  const ends = [new Lines(caller), new Lines(server)] as const;
  try {
    await body(...ends);
  } finally {
    for (const end of ends) end.close();
  }
}

const KEY = newKey();

Deno.test("proof: who has the same key is known, each way", () =>
  withConnection(async (caller, server) => {
    assert.deepEqual(
      await Promise.all([proveAsCaller(caller, KEY), proveAsServer(server, KEY)]),
      [true, true],
    );
    caller.write("an order");
    assert.equal(await server.read(), "an order");
  }));

Deno.test("proof: a server without the key is none, and learns nothing of it", () =>
  withConnection(async (caller, server) => {
    const asCaller = proveAsCaller(caller, KEY);
    const asServer = proveAsServer(server, newKey());
    assert.equal(await asCaller, false);
    caller.close();
    assert.equal(await asServer, false);
  }));

/** What somebody may answer who has no key, from what the caller sent. */
const ANSWERS: Readonly<Record<string, (sent: Record<string, unknown>) => unknown>> = {
  "the same": (sent) => sent,
  "its nonce as a proof": ({ nonce }) => ({ nonce, proof: nonce }),
  "no proof": ({ nonce }) => ({ nonce }),
  "a proof that is none": ({ nonce }) => ({ nonce, proof: `${"A".repeat(43)}=` }),
  "a proof that is no base64": ({ nonce }) => ({ nonce, proof: `${"_".repeat(43)}=` }),
  "a proof in another form": ({ nonce }) => ({ nonce, proof: [1, 2] }),
  "an answer of a server": () => ({ kind: "kept" }),
  "nothing": () => null,
};

for (const [what, answer] of Object.entries(ANSWERS)) {
  Deno.test(`proof: a server that answers ${what} is none`, () =>
    withConnection(async (caller, server) => {
      const proven = proveAsCaller(caller, KEY);
      const sent = await server.read();
      assert.ok(typeof sent === "object" && sent !== null);
      server.write(answer({ ...sent }));
      assert.equal(await proven, false);
    }));
}

// It ended the server, for everybody who waited there: any program of the machine can connect.
Deno.test("proof: a caller whose proof is no base64 is none", async () => {
  for (const proof of [`${"_".repeat(43)}=`, `${"A".repeat(42)}_=`, "A".repeat(44), "", 1]) {
    await withConnection(async (caller, server) => {
      const proven = proveAsServer(server, KEY);
      caller.write({ nonce: "n" });
      caller.write({ proof });
      assert.equal(await proven, false);
    });
  }
});

// A proof of one end sent back to the other.
Deno.test("proof: a caller that sends back the server's proof is none", () =>
  withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    caller.write({ nonce: "n" });
    const answer = await caller.read();
    assert.ok(typeof answer === "object" && answer !== null && "proof" in answer);
    caller.write({ proof: answer.proof });
    assert.equal(await proven, false);
  }));

Deno.test("proof: a recorded proof is good for its own connection only", async () => {
  let recorded: unknown;
  await withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    const write = caller.write.bind(caller);
    caller.write = (value) => {
      recorded = value;
      return write(value);
    };
    assert.deepEqual(await Promise.all([proveAsCaller(caller, KEY), proven]), [true, true]);
  });
  assert.ok(typeof recorded === "object" && recorded !== null && "proof" in recorded);
  await withConnection(async (caller, server) => {
    const proven = proveAsServer(server, KEY);
    caller.write({ nonce: "n" });
    await caller.read();
    caller.write(recorded);
    assert.equal(await proven, false);
  });
});

Deno.test("proof: the key never travels, and no two are the same", async () => {
  await withConnection(async (caller, server) => {
    const sent: unknown[] = [];
    for (const end of [caller, server]) {
      const write = end.write.bind(end);
      end.write = (value) => {
        sent.push(value);
        return write(value);
      };
    }
    await Promise.all([proveAsCaller(caller, KEY), proveAsServer(server, KEY)]);
    assert.equal(sent.length, 3);
    assert.ok(!JSON.stringify(sent).includes(KEY.slice(0, 36)));
  });
  assert.equal(new Set(Array.from({ length: 100 }, newKey)).size, 100);
});

Deno.test("proof: a caller that says nothing of use is none", async () => {
  for (const said of [null, {}, { nonce: 1 }, "x".repeat(2000)]) {
    await withConnection(async (caller, server) => {
      caller.write(said);
      assert.equal(await proveAsServer(server, KEY), false, JSON.stringify(said).slice(0, 20));
    });
  }
});

Deno.test("meeting: one that cannot take its place leaves nothing of itself behind", () =>
  inMeetingFolder((path, folder) => {
    Deno.mkdirSync(`${path}/more`, { recursive: true });
    assert.throws(() => writeMeeting(path, MEETING), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, 8);
      return true;
    });
    assert.deepEqual(names(folder), ["x.json"]);
    assert.equal(readMeeting(path), undefined);
  }));
