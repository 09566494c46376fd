import assert from "node:assert/strict";
import fc from "fast-check";
import { randomBytes } from "../../src/platform/random.ts";
import { ageGroup, newDocument, parseDocument, plainParse } from "../../src/sops/document.ts";
import { IntegrityError, KeyServiceError, NoIdentityError } from "../../src/sops/errors.ts";
import { sealDataKey } from "../../src/sops/keys/data_key.ts";
import { generateIdentity, recipientOf } from "../../src/sops/keys/identity.ts";
import type { KeyService, OtherKey } from "../../src/sops/keys/master_key.ts";
import { fieldOf } from "../../src/sops/keys/master_key.ts";
import type { Format } from "../../src/sops/tree.ts";
import { Scalar } from "../../src/sops/tree.ts";
import { temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";

const now = Temporal.Instant.from("2026-11-22T12:34:56Z");
const people = await Promise.all([1, 2, 3, 4].map(async () => {
  const identity = generateIdentity(randomBytes);
  return { identity, recipient: await recipientOf(identity) };
}));
const recipients = people.map(({ recipient }) => recipient);
const plain = new TextEncoder().encode("key: value\n");

async function shared(groups: readonly string[][], shamirThreshold?: number, format?: Format) {
  const document = await newDocument(await plainParse(plain, "yaml"), format ?? "yaml", {
    keys: {
      groups: groups.map(ageGroup),
      ...(shamirThreshold === undefined ? {} : { shamirThreshold }),
    },
  });
  return await document.seal({ now, random: randomBytes });
}

async function open(file: Uint8Array, who: readonly number[], services: KeyService[] = []) {
  return await (await parseDocument(file, "yaml"))
    .open(who.map((index) => people[index]!.identity), services);
}

const thresholds: readonly (readonly [threshold: number | undefined, opens: number[][]])[] = [
  [undefined, [[0, 1, 2]]],
  [3, [[0, 1, 2]]],
  [2, [[0, 1], [1, 2], [2, 0], [0, 1, 2]]],
];
for (const [threshold, opens] of thresholds) {
  Deno.test(`of three groups ${threshold ?? "all"} are needed, and fewer say so`, async () => {
    const file = await shared(recipients.slice(0, 3).map((each) => [each]), threshold);
    const needed = threshold ?? 3;
    for (const who of [[], [0], [1], [2], [0, 1], [1, 2], [2, 0], [0, 1, 2]]) {
      if (opens.some((each) => each.length === who.length && each.every((i) => who.includes(i)))) {
        assert.equal((await open(file, who)).getText(["key"])?.reveal(), "value");
      } else {
        await assert.rejects(open(file, who), (error) => {
          assert.ok(error instanceof NoIdentityError);
          assert.deepEqual(error.more.groups, { opened: who.length, needed, all: 3 });
          return true;
        });
      }
    }
  });
}

Deno.test("any key of a group opens its share", async () => {
  const [a = "", b = "", c = "", d = ""] = recipients;
  const file = await shared([[a, b], [c, d]]);
  for (const who of [[0, 2], [0, 3], [1, 2], [1, 3]]) {
    assert.equal((await open(file, who)).getText(["key"])?.reveal(), "value");
  }
  await assert.rejects(open(file, [0, 1]), NoIdentityError);
});

Deno.test("any data key comes back from its shares", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 2, max: 4 }),
      async (bytes, count, wanted) => {
        const dataKey = new Uint8Array(bytes);
        const threshold = Math.min(wanted, count);
        const groups = await sealDataKey(
          dataKey,
          recipients.slice(0, count).map((each) => ageGroup([each])),
          threshold,
        );
        const { openDataKey } = await import("../../src/sops/keys/data_key.ts");
        const metadata = {
          ...(await parseDocument(await shared([[recipients[0]!]]), "yaml")).metadata,
        };
        const identities = people.slice(count - threshold, count).map(({ identity }) => identity);
        const opened = await openDataKey({ ...metadata, groups, shamirThreshold: threshold }, {
          identities,
        });
        assert.deepEqual(opened, dataKey);
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("a threshold that the groups cannot have is refused", async () => {
  for (const threshold of [0, 1, 3]) {
    await assert.rejects(shared([[recipients[0]!], [recipients[1]!]], threshold), RangeError);
  }
});

for (const format of ["yaml", "json"] as const) {
  peerTest(["sops"], `sops opens our groups and we open its: ${format}`, async () => {
    await using home = await temporaryHome({ [`plain.${format}`]: '{"key": "value"}' });
    const file = await shared(recipients.slice(0, 3).map((each) => [each]), 2, format);
    await home.write(`ours.${format}`, file);
    const env = { SOPS_AGE_KEY: [0, 2].map((i) => people[i]!.identity.secret.reveal()).join("\n") };
    const ours = await home.program("sops", ["decrypt", "--extract", '["key"]', `ours.${format}`], {
      env,
    });
    assert.equal(ours.stdout, "value", ours.stderr);

    await home.write(
      ".sops.yaml",
      `creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n${
        recipients.slice(0, 3).map((each) => `      - age: [${each}]\n`).join("")
      }`,
    );
    const theirs = await home.program("sops", ["encrypt", `plain.${format}`]);
    assert.equal(theirs.code, 0, theirs.stderr);
    const bytes = new TextEncoder().encode(theirs.stdout);
    const document = await (await parseDocument(bytes, format))
      .open([people[1]!.identity, people[2]!.identity]);
    assert.equal(document.getText(["key"])?.reveal(), "value");
    // What is written again has the groups as they were, in sops's own layout.
    const again = new TextDecoder().decode(await document.seal({ now, random: randomBytes }));
    const keys = (text: string) =>
      format === "json"
        ? JSON.stringify(JSON.parse(text).sops.key_groups)
        : /key_groups:[\s\S]*?(?=\n {4}lastmodified)/.exec(text)?.[0];
    assert.equal(keys(again), keys(theirs.stdout));
  });
}

/** A key service of whoever knows a password. */
function vault(password: number): KeyService {
  const mask = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte) => byte ^ password);
  return {
    types: ["hc_vault"],
    open(key) {
      assert.ok(key.type !== "age");
      const sealed = Uint8Array.fromHex(fieldOf(key, "enc") ?? "");
      if (sealed[0] !== password) throw new KeyServiceError("hc_vault", "key", "refused", "no");
      return Promise.resolve(mask(sealed.subarray(1)));
    },
    seal: (_, part) => Promise.resolve(vaultKey(new Uint8Array([password, ...mask(part)]).toHex())),
  };
}

function vaultKey(enc: string): OtherKey {
  return {
    type: "hc_vault",
    entry: {
      kind: "mapping",
      entries: [{ kind: "pair", key: "enc", value: new Scalar("str", enc) }],
    },
  };
}

Deno.test("keys that live elsewhere are asked when no identity opens a file", async () => {
  const document = await newDocument(await plainParse(plain, "yaml"), "yaml", {
    keys: { groups: [[...ageGroup([recipients[0]!]), vaultKey("")]] },
  });
  const file = await document.seal({ now, random: randomBytes, services: [vault(7)] });
  assert.equal((await open(file, [], [vault(7)])).getText(["key"])?.reveal(), "value");
  assert.equal((await open(file, [0], [vault(9)])).getText(["key"])?.reveal(), "value");
  await assert.rejects(open(file, [], [vault(9)]), KeyServiceError);
  await assert.rejects(open(file, [1], [vault(9)]), NoIdentityError);
  await assert.rejects(
    open(file, [1]),
    (error) => error instanceof NoIdentityError && error.otherKeys.includes("hc_vault"),
  );
});

Deno.test("a file is wrapped for other keys without touching its values", async () => {
  const file = await shared([[recipients[0]!]]);
  const sealed = await parseDocument(file, "yaml");
  const keys = { groups: [ageGroup([recipients[1]!, recipients[2]!])] };
  const again = await sealed.rewrap({ identities: [people[0]!.identity] }, keys);
  assert.equal((await open(again, [2])).getText(["key"])?.reveal(), "value");
  await assert.rejects(open(again, [0]), NoIdentityError);
  const rest = (bytes: Uint8Array) =>
    new TextDecoder().decode(bytes).replace(/ {4}age:[\s\S]*?(?= {4}lastmodified)/, "");
  assert.equal(rest(again), rest(file));
});

Deno.test("a new data key leaves the old one with nothing to open", async () => {
  const file = await shared([[recipients[0]!]]);
  const document = await open(file, [0]);
  document.setKeys({ groups: [ageGroup([recipients[1]!])] }, { newDataKey: true });
  const again = await document.seal({ now, random: randomBytes });
  assert.equal((await open(again, [1])).getText(["key"])?.reveal(), "value");
  // The old key, put back by somebody who kept it.
  const [oldKeys, newKeys] = [file, again].map((bytes) =>
    / {4}age:[\s\S]*?(?= {4}lastmodified)/.exec(new TextDecoder().decode(bytes))![0]
  );
  const forged = new TextDecoder().decode(again).replace(newKeys!, oldKeys!);
  await assert.rejects(open(new TextEncoder().encode(forged), [0]), IntegrityError);
});
