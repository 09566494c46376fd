import assert from "node:assert/strict";
import { KeyServiceError, NoIdentityError } from "../../src/sops/errors.ts";
import { openDataKey, sealDataKey } from "../../src/sops/keys/data_key.ts";
import { gcpKmsKey, kmsKeyFromArn, pgpKey } from "../../src/sops/keys/key_texts.ts";
import {
  keyName,
  type KeyService,
  type KeyType,
  type MasterKey,
} from "../../src/sops/keys/master_key.ts";
import { formatVersion } from "../../src/sops/metadata.ts";
import { defaultSelector } from "../../src/sops/selectors.ts";

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
