import assert from "node:assert/strict";
import { readFile, temporaryName } from "../../src/platform/files.ts";
import { withDirectoryLock } from "../../src/platform/locks.ts";
import { newDocument, plainParse } from "../../src/sops/document.ts";
import { parseIdentities } from "../../src/sops/keys/identity.ts";
import { Secret } from "../../src/sops/secret.ts";
import {
  type ChangeOptions,
  changeSecretsFile,
  createSecretsFile,
  openSecretsFile,
  readSealed,
} from "../../src/store/secrets_file.ts";
import { SecretsFileError } from "../../src/store/errors.ts";
import { assertAbsent, type Home, temporaryHome } from "../support/home.ts";
import {
  encrypted,
  exampleSecrets,
  exampleText,
  homeWithSecrets,
  strangerIdentity,
  testIdentity,
  testRecipient,
} from "../support/sops_file.ts";

const using = (text: string): Pick<ChangeOptions, "identities"> => ({
  identities: () =>
    Promise.resolve({
      identities: parseIdentities(text, "test"),
      sources: [{ source: "test", count: 1 }],
    }),
});
const ours = using(testIdentity);

const fileOf = (home: Home) => `${home.path}/secrets/aws.yaml`;
const value = async (home: Home, path: string) =>
  (await openSecretsFile(fileOf(home), ours)).document.getText(path.split("/"))?.reveal();

/** Asserts that an error is a SecretsFileError with this action and a cause of this name. */
const causedBy = (action: string, name: string) => (error: unknown) => {
  assert.ok(error instanceof SecretsFileError, String(error));
  assert.deepEqual([error.action, error.cause.name], [action, name]);
  return true;
};

Deno.test("openSecretsFile tells whom the file is for before it asks for identities", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const order: string[] = [];
  const open = await openSecretsFile(fileOf(home), {
    identities: (recipients) => {
      order.push(...recipients);
      return ours.identities([], []);
    },
    beforeDecrypting: () => order.push("before decrypting"),
  });
  assert.deepEqual(order, [testRecipient, "before decrypting"]);
  assert.equal(open.document.getText(["aws_region"])?.reveal(), "us-east-1");
  assert.deepEqual(open.sources, [{ source: "test", count: 1 }]);
});

const faults = [
  ["not there", async (home: Home) => await Deno.remove(fileOf(home)), ours, "FileError"],
  [
    "a folder",
    async (home: Home) => {
      await Deno.remove(fileOf(home));
      await Deno.mkdir(fileOf(home));
    },
    ours,
    "FileError",
  ],
  ["empty", (home: Home) => home.write("secrets/aws.yaml", ""), ours, "NotEncryptedError"],
  [
    "in plaintext",
    (home: Home) => home.write("secrets/aws.yaml", exampleText),
    ours,
    "NotEncryptedError",
  ],
  ["no YAML", (home: Home) => home.write("secrets/aws.yaml", "a: [\n"), ours, "FormatError"],
  ["for others", () => Promise.resolve(), using(strangerIdentity), "NoIdentityError"],
  [
    "changed",
    async (home: Home) => {
      const text = await home.read("secrets/aws.yaml");
      await home.write(
        "secrets/aws.yaml",
        text.replace("# the model", "").replace("aws_region", "aws_regiom"),
      );
    },
    ours,
    "IntegrityError",
  ],
] as const;
for (const [name, prepare, identities, cause] of faults) {
  Deno.test(`a file that is ${name} is not opened and not changed: ${cause}`, async () => {
    await using home = await temporaryHome(await homeWithSecrets());
    await prepare(home);
    const before = await home.read("secrets/aws.yaml").catch(() => undefined);
    await assert.rejects(openSecretsFile(fileOf(home), identities), causedBy("open", cause));
    await assert.rejects(
      changeSecretsFile(fileOf(home), identities, () => assert.fail("changed")),
      causedBy("change", cause),
    );
    assert.equal(await home.read("secrets/aws.yaml").catch(() => undefined), before);
  });
}

Deno.test("readSealed needs no identity", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const { document } = await readSealed(fileOf(home));
  assert.deepEqual(document.recipients, [testRecipient]);
});

Deno.test("changeSecretsFile changes what it was told, keeps the rest byte for byte, and the mode", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  await Deno.chmod(fileOf(home), 0o640);
  const before = (await home.read("secrets/aws.yaml")).split("\n");
  const result = await changeSecretsFile(fileOf(home), ours, (document) => {
    document.set(["aws_region"], new Secret("eu-central-1"));
  });
  assert.equal(result, "changed");
  assert.equal(await value(home, "aws_region"), "eu-central-1");
  const after = (await home.read("secrets/aws.yaml")).split("\n");
  const changed = after.filter((line) => !before.includes(line)).map((line) =>
    line.trim().split(":")[0]
  );
  assert.deepEqual(changed, ["aws_region", "lastmodified", "mac"]);
  assert.equal(((await Deno.stat(fileOf(home))).mode ?? 0) & 0o777, 0o640);
  assert.ok(!await home.exists(temporaryName(fileOf(home))));
});

Deno.test("changeSecretsFile writes nothing when nothing changed, unless told to", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const before = await Deno.stat(fileOf(home));
  const same = (document: { set(path: string[], value: Secret): void }) =>
    document.set(["aws_region"], new Secret("us-east-1"));
  assert.equal(await changeSecretsFile(fileOf(home), ours, same), "unchanged");
  assert.equal((await Deno.stat(fileOf(home))).ino, before.ino);
  assert.equal(await changeSecretsFile(fileOf(home), { ...ours, always: true }, same), "changed");
  assert.notEqual((await Deno.stat(fileOf(home))).ino, before.ino);
});

Deno.test("changeSecretsFile passes on what the change throws, and writes nothing", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const before = await home.read("secrets/aws.yaml");
  const change = (document: { unset(path: string[]): boolean }) => {
    document.unset(["aws_region"]);
    throw new RangeError("changed my mind");
  };
  await assert.rejects(changeSecretsFile(fileOf(home), ours, change), RangeError);
  assert.equal(await home.read("secrets/aws.yaml"), before);
});

Deno.test("changeSecretsFile refuses when another program writes the file meanwhile", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const theirs = await encrypted(`${exampleText}their: value\n`);
  await assert.rejects(
    changeSecretsFile(fileOf(home), ours, async (document) => {
      document.set(["aws_region"], new Secret("eu-central-1"));
      await home.write("secrets/aws.yaml", theirs);
    }),
    causedBy("change", "ConflictError"),
  );
  assert.equal(await home.read("secrets/aws.yaml"), theirs);
  assert.deepEqual((await home.files()).filter((name) => name.startsWith("secrets/")), [
    "secrets/aws.yaml",
  ]);
});

Deno.test("changeSecretsFile refuses when the file is another one than when an edit began", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const { snapshot } = await openSecretsFile(fileOf(home), ours);
  const region = (text: string) => (document: { set(path: string[], value: Secret): void }) =>
    document.set(["aws_region"], new Secret(text));
  await changeSecretsFile(fileOf(home), ours, region("theirs"));
  await assert.rejects(
    changeSecretsFile(fileOf(home), { ...ours, expect: snapshot }, region("mine")),
    causedBy("change", "ConflictError"),
  );
  assert.equal(await value(home, "aws_region"), "theirs");
});

Deno.test("changeSecretsFile gives up when another writer keeps the folder locked", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  await withDirectoryLock(`${home.path}/secrets`, () =>
    assert.rejects(
      changeSecretsFile(fileOf(home), { ...ours, timeoutMs: 20 }, () => assert.fail("changed")),
      causedBy("change", "LockTimeoutError"),
    ));
});

Deno.test("changeSecretsFile through a link changes the file and keeps the link", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  await Deno.symlink("secrets/aws.yaml", `${home.path}/link.yaml`);
  await changeSecretsFile(`${home.path}/link.yaml`, ours, (document) => {
    document.set(["aws_region"], new Secret("eu-central-1"));
  });
  assert.ok((await Deno.lstat(`${home.path}/link.yaml`)).isSymlink);
  assert.equal(await value(home, "aws_region"), "eu-central-1");
});

Deno.test("a credential is not written to where the selectors leave it in plaintext", async () => {
  const selector = { rule: "encrypted_regex", text: "^aws_" } as const;
  await using home = await temporaryHome(await homeWithSecrets({ selector }));
  const before = await home.read("secrets/aws.yaml");
  const set = (path: string[]) => (document: { set(path: string[], value: Secret): void }) =>
    document.set(path, new Secret(exampleSecrets[1]));
  const secret = ["profiles", "dev", "secret_access_key"];
  await assert.rejects(
    changeSecretsFile(fileOf(home), ours, set(secret)),
    causedBy("change", "PlaintextCredentialError"),
  );
  assert.equal(await home.read("secrets/aws.yaml"), before);
  assert.equal(
    await changeSecretsFile(fileOf(home), ours, set(["aws_secret_access_key_2"])),
    "changed",
  );
  assert.equal(
    await changeSecretsFile(fileOf(home), ours, set(["profiles", "dev", "region"])),
    "changed",
  );

  const options = { ...ours, allowPlaintextCredentials: true };
  assert.equal(await changeSecretsFile(fileOf(home), options, set(secret)), "changed");
  // What is in plaintext already stops no other change.
  assert.equal(await changeSecretsFile(fileOf(home), ours, set(["aws_region"])), "changed");
});

async function exampleDocument(recipients: readonly string[] = [testRecipient]) {
  const tree = await plainParse(new TextEncoder().encode(exampleText), "yaml");
  return await newDocument(tree, "yaml", { recipients });
}

const identities = parseIdentities(testIdentity, "test");

Deno.test("createSecretsFile makes the folder and a file that opens, with nothing in plaintext", async () => {
  await using home = await temporaryHome();
  await createSecretsFile(fileOf(home), await exampleDocument(), { identities });
  assert.equal(await value(home, "aws_secret_access_key"), exampleSecrets[1]);
  assertAbsent(await home.read("secrets/aws.yaml"), exampleSecrets, "the file");
  assert.deepEqual(await home.files(), ["secrets/aws.yaml"]);
});

Deno.test("createSecretsFile never overwrites, not even a dangling link", async () => {
  await using home = await temporaryHome({ "secrets/aws.yaml": "precious" });
  await assert.rejects(
    createSecretsFile(fileOf(home), await exampleDocument(), { identities }),
    causedBy("create", "ConflictError"),
  );
  assert.equal(await home.read("secrets/aws.yaml"), "precious");

  await Deno.symlink("nowhere", `${home.path}/secrets/link.yaml`);
  await assert.rejects(
    createSecretsFile(`${home.path}/secrets/link.yaml`, await exampleDocument(), { identities }),
    SecretsFileError,
  );
  assert.deepEqual(await home.files(), ["secrets/aws.yaml", "secrets/link.yaml"]);
});

Deno.test("createSecretsFile makes nothing that the identities at hand do not open", async () => {
  await using home = await temporaryHome();
  const stranger = parseIdentities(strangerIdentity, "test");
  await assert.rejects(
    createSecretsFile(fileOf(home), await exampleDocument(), { identities: stranger }),
    causedBy("create", "NoIdentityError"),
  );
  assert.deepEqual(await home.files(), []);
});

Deno.test("of many changes at once in one process none is lost", async () => {
  await using home = await temporaryHome(await homeWithSecrets());
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(numbers.map((number) =>
    changeSecretsFile(fileOf(home), ours, (document) => {
      document.set(["numbers", `n${number}`], new Secret(String(number)));
    })
  ));
  const { document } = await openSecretsFile(fileOf(home), ours);
  for (const number of numbers) {
    assert.equal(document.getText(["numbers", `n${number}`])?.reveal(), String(number));
  }
  assert.ok(readFile(fileOf(home)).bytes.length > 0);
});
