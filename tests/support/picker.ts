/**
 * Offers for the role picker, as large as a test likes.
 *
 * @module
 */

import type { PickerModel, PickerRole } from "../../src/sign_in/pages/picker.ts";

/** Roles of one account. */
export function offered(
  account: string,
  accountName: string | undefined,
  names: readonly string[],
): readonly PickerRole[] {
  return names.map((name) => ({ key: `${account}/${name}`, account, accountName, name }));
}

/** One role of an account, offered through several providers. */
export function offeredAtMany(
  account: string,
  accountName: string,
  name: string,
  providers: readonly string[],
): readonly PickerRole[] {
  return providers.map((provider) => ({
    key: `${account}/${name}/${provider}`,
    account,
    accountName,
    name,
    provider,
  }));
}

const ACCOUNTS = ["Development", "Production", "Security audit", undefined, "Data platform"];
const NAMES = [
  "Developer",
  "ReadOnly",
  "platform/Admin",
  "Billing",
  "PowerUser",
  "support/Tier1",
  "DatabaseAdmin",
  "NetworkAdmin",
];

/** `count` roles, up to eight an account; of five roles in three accounts one was taken last time. */
export function pickerModel(count: number): PickerModel {
  const perAccount = count === 5 ? 2 : 8;
  const roles = Array.from({ length: count }, (_, index) => {
    const which = Math.floor(index / perAccount);
    const account = String(111122223333 + 101010101 * which);
    const round = Math.floor(which / ACCOUNTS.length);
    const base = ACCOUNTS[which % ACCOUNTS.length];
    const accountName = base !== undefined && round > 0 ? `${base} ${round + 1}` : base;
    return offered(account, accountName, [NAMES[index % perAccount] ?? "Role"]);
  }).flat();
  return {
    token: "8f3c9d1e-0000-4000-8000-000000000000",
    action: "/choose",
    roles,
    last: count === 5 ? roles[3]?.key : undefined,
    person: "alice@example.com",
    idp: "https://idp.example.com/metadata",
    remainingMs: 272_000,
    startPath: "/start/x",
  };
}
