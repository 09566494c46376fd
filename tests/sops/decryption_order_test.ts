import assert from "node:assert/strict";
import {
  KeyServiceError,
  NoIdentityError,
  PassphraseError,
  PluginError,
} from "../../src/sops/errors.ts";
import { wrapDataKey } from "../../src/sops/keys/age.ts";
import { openDataKey, sealDataKey } from "../../src/sops/keys/data_key.ts";
import { keyPairOf, openByX25519 } from "../../src/sops/keys/age_file.ts";
import {
  type Identity,
  parseIdentities,
  scalarOf,
  type X25519Identity,
} from "../../src/sops/keys/identity.ts";
import { gcpKmsKey, kmsKeyFromArn, pgpKey } from "../../src/sops/keys/key_texts.ts";
import {
  keyName,
  type KeyService,
  type KeyType,
  type MasterKey,
} from "../../src/sops/keys/master_key.ts";
import { formatVersion } from "../../src/sops/metadata.ts";
import { defaultSelector } from "../../src/sops/selectors.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

const strangerRecipient = "age1ejw5hl8k4sqg8gk44cade2cgf3df4cflmkv537lku7meq9zpy4hqx4c2mt";

const group = [
  gcpKmsKey("projects/p/key"),
  kmsKeyFromArn("arn:aws:kms:eu:1:key/a"),
  pgpKey("ABCD"),
  kmsKeyFromArn("arn:aws:kms:eu:1:key/b"),
];
const metadata = {
  groups: [group],
  lastModified: "2026-01-01T00:00:00Z",
  mac: "",
  version: formatVersion,
  selector: defaultSelector,
  macOnlyEncrypted: false,
};

function refusing(types: readonly KeyType[], asked: string[]): KeyService {
  const refuse = (key: MasterKey): Promise<never> => {
    asked.push(keyName(key));
    return Promise.reject(new KeyServiceError(key.type, keyName(key), "refused"));
  };
  return { types, open: refuse, seal: refuse };
}

const [gcp, a, pgp, b] = group.map(keyName) as [string, string, string, string];
for (
  const [order, expected] of [
    [undefined, [pgp, gcp, a, b]],
    [["kms"], [a, b, gcp, pgp]],
    [["gcp_kms", "kms", "pgp"], [gcp, a, b, pgp]],
    [["nonsense"], [gcp, a, b, pgp]],
    [[""], [gcp, a, b, pgp]],
  ] as const
) {
  Deno.test(`keys are tried in the order of ${order ?? "age and PGP"}`, async () => {
    const asked: string[] = [];
    const services = [refusing(["gcp_kms", "kms", "pgp"], asked)];
    await assert.rejects(
      openDataKey(metadata, { identities: [], services, ...(order ? { order } : {}) }),
      KeyServiceError,
    );
    assert.deepEqual(asked, expected);
  });
}

Deno.test("a key is sealed by the first service that can, and by none that only opens", async () => {
  const asked: string[] = [];
  const opener: KeyService = { ...refusing(["pgp"], asked), only: "open" };
  const able: KeyService = { ...refusing(["pgp"], []), seal: (key) => Promise.resolve(key) };
  const services = [opener, refusing(["pgp"], asked), able];
  const key = pgpKey("ABCD");
  assert.deepEqual(await sealDataKey(new Uint8Array(32), [[key]], undefined, { services }), [[
    key,
  ]]);
  assert.deepEqual(asked, ["ABCD"]);
  await assert.rejects(
    sealDataKey(new Uint8Array(32), [[key]], undefined, { services: services.slice(0, 2) }),
    KeyServiceError,
  );
});

Deno.test("without anything to try the keys are named", async () => {
  await assert.rejects(
    openDataKey({ ...metadata, groups: [[{ type: "age", recipient: "age1x", enc: "" }]] }, {
      identities: [],
    }),
    NoIdentityError,
  );
});

for (
  const failure of [
    new PassphraseError("keys.age", "wrong"),
    new PluginError("somewhere", "absent"),
  ]
) {
  Deno.test(`after "${failure.message}" other identities and key services are asked`, async () => {
    const dataKey = new Uint8Array(32).fill(5);
    const keys = await wrapDataKey(dataKey, [testRecipient, strangerRecipient]);
    let tried = 0;
    const failing: Identity = {
      kind: "opener",
      what: "one that fails",
      source: "keys.age",
      asks: true,
      open: () => {
        tried++;
        return Promise.reject(failure);
      },
    };
    const open = (identities: readonly Identity[], services: readonly KeyService[] = []) =>
      openDataKey({ groups: [[...keys, pgpKey("ABCD")]] }, { identities, services });
    const pgpService: KeyService = {
      types: ["pgp"],
      open: () => Promise.resolve(new Uint8Array(32).fill(6)),
      seal: () => assert.fail("sealed"),
    };
    assert.deepEqual(await open([failing], [pgpService]), new Uint8Array(32).fill(6));
    assert.equal(tried, 1);
    const other = parseIdentities(testIdentity, "SOPS_AGE_KEY");
    assert.deepEqual(await open([failing, ...other]), dataKey);
    const late: Identity = {
      kind: "opener",
      what: "one that opens",
      source: "more.age",
      asks: true,
      open: openByX25519([await keyPairOf(scalarOf(other[0] as X25519Identity))]),
    };
    assert.deepEqual(await open([failing, late]), dataKey);
    await assert.rejects(open([failing], [refusing(["pgp"], [])]), failure);
  });
}
