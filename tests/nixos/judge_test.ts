import assert from "node:assert/strict";
import { type HostKey, judge, killed, type OwnLook, type Reason } from "../../src/nixos/judge.ts";
import type { SecretEntry } from "../../src/nixos/sops_manifest.ts";

const entries: readonly SecretEntry[] = [
  { name: "token", key: "a/token", sopsFile: "/f.yaml", format: "yaml" },
  { name: "other", key: "other", sopsFile: "/f.yaml", format: "yaml" },
];
const usable: HostKey = {
  path: "/k",
  kind: "age key file",
  state: "usable",
  recipients: ["age1mine"],
};
const absent: HostKey = { path: "/s", kind: "SSH host key", state: "absent", recipients: [] };
const plugin: HostKey = { ...usable, state: "unsupported", recipients: [] };

const unknown: OwnLook = { kind: "unknown" };
const opened: OwnLook = { kind: "open", absent: [], noText: [] };
const program = "/nix/store/x/bin/sops-install-secrets: ";
const invalid = `${program}manifest is not valid: secret token in /f.yaml is not valid: `;

/** What sops-install-secrets and sops write, as they write it, and what our own look has found. */
const cases: readonly (readonly [
  name: string,
  said: string,
  look: OwnLook,
  keys: readonly HostKey[],
  reason: Reason,
])[] = [
  ["a file that is not there", "", { kind: "unreadable", code: "ENOENT" }, [usable], {
    cause: "file_unreadable",
    code: "ENOENT",
  }],
  [
    "an unknown user",
    `${program}manifest is not valid: failed to lookup user 'bob': user: unknown user bob`,
    opened,
    [usable],
    { cause: "owner_unknown", kind: "user", name: "bob" },
  ],
  [
    "an unknown group",
    `${program}manifest is not valid: failed to lookup group 'bobs': group: unknown group bobs`,
    opened,
    [usable],
    { cause: "owner_unknown", kind: "group", name: "bobs" },
  ],
  ["no key at all", "", { kind: "closed", recipients: ["age1a"], otherKeys: [] }, [absent], {
    cause: "no_key",
    recipients: ["age1a"],
  }],
  [
    "a key that is no recipient",
    "",
    { kind: "closed", recipients: ["age1a"], otherKeys: ["kms"] },
    [absent, usable],
    { cause: "wrong_recipient", recipients: ["age1a"], otherKeys: ["kms"] },
  ],
  [
    "a key that only sops can use, which did not open it",
    "",
    { kind: "closed", recipients: ["age1a"], otherKeys: [] },
    [plugin],
    { cause: "wrong_recipient", recipients: ["age1a"], otherKeys: [] },
  ],
  ["no age key in the file", "", { kind: "closed", recipients: [], otherKeys: ["kms"] }, [], {
    cause: "other_keys",
    otherKeys: ["kms"],
  }],
  ["a changed leaf", "", { kind: "changed", where: "leaf", path: "a/token" }, [usable], {
    cause: "changed",
    where: "leaf",
    path: "a/token",
  }],
  [
    "names that are not there count before values that are no text",
    "",
    { kind: "open", absent: ["other"], noText: ["a/token"] },
    [usable],
    { cause: "key_absent", keys: ["other"] },
  ],
  ["a number", "", { kind: "open", absent: [], noText: ["other"] }, [usable], {
    cause: "not_a_string",
    keys: ["other"],
  }],
  [
    "a name that is not there, by what is said",
    `${invalid}the key 'a/token' cannot be found\n`,
    unknown,
    [usable],
    { cause: "key_absent", keys: ["a/token"] },
  ],
  [
    "a way through a value, by what is said",
    `${invalid}key 'a' does not refer to a dictionary\n`,
    opened,
    [usable],
    { cause: "key_absent", keys: ["a/token"] },
  ],
  [
    "a number, by what is said",
    `${invalid}the value of key 'a' is not a string\n`,
    unknown,
    [usable],
    { cause: "not_a_string", keys: ["a/token"] },
  ],
  [
    "a MAC, by what is said",
    `${program}failed to decrypt '/f.ini': Failed to verify data integrity. expected mac "A", got "B"`,
    unknown,
    [usable],
    { cause: "changed", where: "mac", path: "" },
  ],
  [
    "no recipient, by what is said",
    `${program}failed to decrypt '/f.ini': Error getting data key: 0 successful groups required, got 0`,
    unknown,
    [usable],
    { cause: "wrong_recipient", recipients: [], otherKeys: [] },
  ],
  ["something that nobody knows", `${program}the moon is full`, opened, [usable], {
    cause: "unknown",
  }],
];

for (const [name, said, look, keys, reason] of cases) {
  Deno.test(`judge: ${name} -> ${reason.cause}`, () => {
    assert.deepEqual(judge({ code: 1, said }, look, keys, entries), reason);
  });
}

Deno.test("judge: a program that was killed took too long", () => {
  assert.deepEqual(judge({ code: killed, said: "" }, opened, [usable], entries), {
    cause: "timed_out",
  });
});
