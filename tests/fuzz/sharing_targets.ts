/**
 * What callers send to a process that signs in for all: its lines, and bytes at its socket, with an honest order after
 * every hostile connection.
 *
 * @module
 */

import assert from "node:assert/strict";
import { UserError } from "../../src/errors.ts";
import { connect, readMeeting } from "../../src/sharing/meeting.ts";
import { drawn, isMessage, Lines, parsed } from "../../src/sharing/messages.ts";
import { fieldsOf } from "../../src/text.ts";
import { eventually } from "../support/eventually.ts";
import { Scene } from "../support/sharing_scene.ts";
import type { Subject, Taken, Target } from "./fuzz.ts";
import type { Material } from "./mutate.ts";
import { assertClosed, bytesOf, descriptors, exchange, leave } from "./sockets.ts";

const ORDER = {
  kind: "order",
  flags: { role: ["111122223333/Ops"], timeout: [], duration: [] },
};

/** What is sent to a sharing; what begins with "key" comes behind a proof of the right key. */
function lines(): Material {
  const nonce = JSON.stringify({ nonce: "11111111-2222-3333-4444-555555555555" });
  const proof = JSON.stringify({ proof: `${"A".repeat(43)}=` });
  const order = JSON.stringify(ORDER);
  const corpus = [
    `${nonce}\n${proof}\n${order}\n`,
    `${order}\n`,
    `${nonce}\n${order}\n{"kind":"leave"}\n`,
    `${nonce}\n`,
    `${nonce}\n${nonce}\n`,
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    `{"nonce":null}\n{"proof":null}\n`,
    `key${order}\n`,
    `key{"kind":"order","flags":{"role":["nonsense"]},"policy":"{}","region":{"name":"x"}}\n`,
    `key{"kind":"leave"}\n`,
  ];
  const words = [
    ...[
      "\n",
      "{",
      "}",
      "[",
      "]",
      '"',
      ":",
      ",",
      "null",
      "true",
      "1e999",
      '"nonce"',
      '"proof"',
      '"kind"',
    ],
    ...[
      '"order"',
      '"leave"',
      '"flags"',
      '"error"',
      '"__proto__"',
      "\\u0000",
      "\\ud800",
      "\0",
      "\xff",
    ],
    ...["A".repeat(43), "=", '{"kind":"kept"}\n', '{"kind":"failed","error":{}}\n', "key", "\r\n"],
  ];
  return { corpus, words };
}

async function openSharing(): Promise<Subject> {
  const before = descriptors();
  const scene = new Scene({ lingerMs: 600_000 });
  await scene.serve();
  const meeting = readMeeting(scene.path);
  assert.ok(meeting);
  const { port, key } = meeting;
  const address = { hostname: "127.0.0.1", port };
  // Who waits for a sign-in that goes on all the time. To prove itself it has a second: on a busy machine that is not
  // enough, and a caller of the program tries again as well.
  const waiting = await eventually("the server", () => scene.order("111122223333/Dev"));
  await waiting.answer("draw");
  const serving = descriptors();
  let active = 0;
  const connected = () => eventually("a caller with the key to be served", () => connect(meeting));
  const honestly = async () => {
    const caller = await connected();
    caller.write(ORDER);
    const kinds: unknown[] = [];
    while (!kinds.includes("wait")) {
      const answer = fieldsOf(await caller.read());
      assert.ok(answer.has("kind"), `an honest order ends behind ${kinds}`);
      kinds.push(answer.get("kind"));
    }
    await caller.write({ kind: "leave" });
    caller.close();
  };
  /** With the right key. */
  const proven = async (text: string) => {
    const caller = await connected();
    const sent = parsed(text.split("\n", 1)[0] ?? "");
    caller.write(sent === undefined ? "nothing" : sent);
    caller.write({ kind: "leave" });
    const kinds: unknown[] = [];
    for (let answer; (answer = await caller.read()) !== undefined;) {
      kinds.push(fieldsOf(answer).get("kind"));
    }
    caller.close();
    return `proven: ${kinds}`;
  };
  return {
    read: async (input) => {
      active++;
      try {
        let outcome = "hung up";
        if (input.startsWith("key") && input.length < 100_000) {
          outcome = await proven(input.slice(3));
        } else if (input.length % 5 === 0) await leave(address, bytesOf(input));
        else {
          const answer = await exchange(address, bytesOf(input), "half");
          assert.ok(!answer.includes(key), "the key is told");
          const told = answer.split("\n").slice(0, -1).map((
            line,
          ) => [...fieldsOf(parsed(line)).keys()]);
          if (answer !== "") assert.deepEqual(told, [["nonce", "proof"]], "more than the proof");
          outcome = answer === "" ? "nothing" : "a nonce and a proof";
        }
        await honestly();
        assert.ok(!waiting.kinds().includes("failed"), "who waits was told that it failed");
        return [outcome];
      } finally {
        active--;
      }
    },
    async settle() {
      if (active === 0) await assertClosed(serving);
    },
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await assertClosed(before + 2);
    },
  };
}

/** Lines as a connection brings them, in pieces of any size. */
function openMessages(): Subject {
  return {
    read: async (input): Promise<Taken> => {
      const bytes = bytesOf(input);
      const piece = 1 + bytes.length % 97;
      let at = 0;
      let closed = 0;
      const end = new Lines({
        read: (buffer) => {
          if (closed > 0) return Promise.reject(new Deno.errors.BadResource("closed"));
          const part = bytes.subarray(at, at + Math.min(buffer.length, piece * 100));
          at += part.length;
          buffer.set(part);
          return Promise.resolve(part.length === 0 ? null : part.length);
        },
        write: (part) => Promise.resolve(part.length),
        close: () => void closed++,
      });
      const kinds: string[] = [];
      for (let value; (value = await end.read(1000)) !== undefined;) {
        if (isMessage(value, "failed")) {
          assert.ok(!("error" in value) || value.error instanceof UserError);
        }
        if (isMessage(value, "state") && Array.isArray(value.state)) drawn(value.state);
        await end.write(value);
        kinds.push(String(fieldsOf(value).get("kind")).slice(0, 10));
      }
      end.close();
      assert.equal(closed, 1);
      return [`${kinds.length} lines`, kinds];
    },
  };
}

/** The targets of `src/sharing`. */
export const SHARING_TARGETS: readonly Target[] = [
  { name: "sharing/messages", material: lines, open: openMessages },
  {
    name: "socket of the sharing",
    socket: true,
    material: lines,
    open: openSharing,
    // Ended the process.
    found: [`{"nonce":"n"}\n{"proof":"${"_".repeat(43)}="}\n`],
    atOnce: 8,
    shortRuns: 60,
  },
];
