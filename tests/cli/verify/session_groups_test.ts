import assert from "node:assert/strict";
import { refusedCheck } from "../../../src/cli/verify/session_groups.ts";

const groups = "root:x:0:\ncredsmith:x:500:dev,ops\nteam:x:501:\n";
const users = "root:x:0:0::/root:/bin/sh\ndev:x:1001:100::/home/dev:/bin/sh\n" +
  "late:x:1002:501::/home/late:/bin/sh\nother:x:1003:100::/home/other:/bin/sh\n";
const path = "/run/secrets/aws_access_key_id";

const cases: readonly (readonly [
  name: string,
  given: { readonly uid: number; readonly gid?: number; readonly bySystem?: boolean },
  cause: string,
  fix: RegExp,
])[] = [
  ["a member by now", { uid: 1001 }, "session_before_group", /^log in again$/],
  [
    "a member by the first group",
    { uid: 1002, gid: 501 },
    "session_before_group",
    /^log in again$/,
  ],
  ["no member", { uid: 1003 }, "secret_files_unreadable", /add "other" to credsmith\.users/],
  [
    "no member, of files that NixOS does not install",
    { uid: 1003, bySystem: false },
    "secret_files_unreadable",
    /^sudo usermod -aG credsmith "\$USER"$/,
  ],
  [
    "somebody whom the system does not list",
    { uid: 1999 },
    "secret_files_unreadable",
    /add yourself to credsmith\.users/,
  ],
  ["root's files", { uid: 1001, gid: 0 }, "secret_files_unreadable", /administrator/],
  ["a group without a name", { uid: 1001, gid: 777 }, "secret_files_unreadable", /administrator/],
];

for (const [name, { uid, gid = 500, bySystem = true }, cause, fix] of cases) {
  Deno.test(`a secret file is not for ${name} -> ${cause}`, () => {
    const check = refusedCheck({ path, gid, uid, groups, users, bySystem });
    assert.equal(check.cause, cause);
    assert.match(check.fix!.text, fix);
    assert.match(check.text!, /^You may not read \/run\/secrets\/aws_access_key_id/);
  });
}

Deno.test("a secret file of which not even the group is seen -> secret_files_unreadable", () => {
  const check = refusedCheck({ path, gid: undefined, uid: 1001, groups, users, bySystem: true });
  assert.equal(check.cause, "secret_files_unreadable");
});
