import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import { generateIdentity, recipientOf } from "../../src/sops/keys/identity.ts";
import {
  defaultIdentityFile,
  loadIdentities,
  type RunCommand,
} from "../../src/store/identities.ts";
import { temporaryHome } from "../support/home.ts";

const keys = Array.from({ length: 4 }, () => generateIdentity(randomBytes).secret.reveal());
const [one = "", two = "", three = "", four = ""] = keys;
const found = ({ identities }: Awaited<ReturnType<typeof loadIdentities>>) =>
  identities.map((identity) =>
    identity.kind === "x25519" || identity.kind === "hybrid"
      ? identity.secret.reveal()
      : identity.what
  );

Deno.test("loadIdentities: all sources count together, as in sops", async () => {
  await using home = await temporaryHome();
  await home.write("named.txt", `# created: today\n${two}\n`, 0o600);
  await home.write(".config/sops/age/keys.txt", `${four}\n`, 0o600);
  const env = {
    HOME: home.path,
    SOPS_AGE_KEY: one,
    SOPS_AGE_KEY_FILE: `${home.path}/named.txt`,
    SOPS_AGE_KEY_CMD: `echo "${three}"`,
    PATH: home.env.PATH ?? "",
  };
  const loaded = await loadIdentities({ env });
  assert.deepEqual(found(loaded), [one, two, three, four]);
  assert.deepEqual(loaded.sources, [
    { source: "SOPS_AGE_KEY", count: 1 },
    { source: `${home.path}/named.txt`, count: 1, mode: 0o600, exposed: false },
    { source: "SOPS_AGE_KEY_CMD", count: 1 },
    { source: `${home.path}/.config/sops/age/keys.txt`, count: 1, mode: 0o600, exposed: false },
  ]);
});

Deno.test("loadIdentities: a default file that is not there is no problem, a named one is", async () => {
  await using home = await temporaryHome();
  const { sources } = await loadIdentities({
    env: { HOME: home.path, SOPS_AGE_KEY_FILE: "/nowhere/keys.txt" },
  });
  assert.deepEqual(sources, [
    { source: "/nowhere/keys.txt", count: 0, problem: { kind: "file", code: "ENOENT" } },
    { source: `${home.path}/.config/sops/age/keys.txt`, count: 0, absent: true },
  ]);
});

Deno.test("loadIdentities: a file that others may read is told", async () => {
  await using home = await temporaryHome();
  await home.write("sops/age/keys.txt", one);
  await Deno.chmod(`${home.path}/sops/age/keys.txt`, 0o644);
  const { sources, identities } = await loadIdentities({ env: { XDG_CONFIG_HOME: home.path } });
  assert.equal(sources[0]?.exposed, true);
  assert.equal(sources[0]?.mode, 0o644);
  assert.equal(identities.length, 1);
});

Deno.test("loadIdentities: a source that fails takes nothing from the others and shows no content", async () => {
  await using home = await temporaryHome({ "bad.txt": `# a comment\n\nAGE-SECRET-KEY-1OOPS\n` });
  const loaded = await loadIdentities({
    env: { SOPS_AGE_KEY: one, SOPS_AGE_KEY_FILE: `${home.path}/bad.txt` },
  });
  assert.deepEqual(found(loaded), [one]);
  const problem = loaded.sources[1]?.problem;
  assert.equal(problem?.kind, "malformed");
  assert.equal(problem?.kind === "malformed" && problem.line, 3);
  assert.ok(!JSON.stringify(loaded).includes("OOPS"));
});

Deno.test("loadIdentities: SOPS_AGE_KEY takes several identities on a line", async () => {
  assert.deepEqual(
    found(await loadIdentities({ env: { SOPS_AGE_KEY: `${one} ${two}\n${three}` } })),
    [one, two, three],
  );
});

Deno.test("loadIdentities: SOPS_AGE_KEY_CMD may give two identities of one plugin", async () => {
  const { bech32 } = await import("@scure/base");
  const text = [1, 2].map((byte) =>
    bech32.encodeFromBytes("AGE-PLUGIN-CARD-", new Uint8Array(32).fill(byte)).toUpperCase()
  ).join("\n");
  const { identities } = await loadIdentities({
    env: { SOPS_AGE_KEY_CMD: "get-keys" },
    recipients: ["age1one", "age1two"],
    run: () => Promise.resolve({ code: 0, stdout: new TextEncoder().encode(text) }),
  });
  assert.equal(identities.length, 2);
});

Deno.test("loadIdentities: SOPS_AGE_KEY_CMD is asked recipient by recipient until one is answered", async () => {
  const recipients = await Promise.all(
    [one, two, three].map((key) =>
      recipientOf({ kind: "x25519", secret: { reveal: () => key } as never, source: "" })
    ),
  );
  const asked: (string | undefined)[] = [];
  const run: RunCommand = (program, args, { env }) => {
    assert.deepEqual([program, ...args], ["get-key", "a b", "$HOME"]);
    asked.push(env.SOPS_AGE_RECIPIENT);
    const answer = env.SOPS_AGE_RECIPIENT === recipients[1] ? two : four;
    return Promise.resolve({ code: 0, stdout: new TextEncoder().encode(answer) });
  };
  const env = { SOPS_AGE_KEY_CMD: "get-key 'a b' $HOME" };
  assert.deepEqual(found(await loadIdentities({ env, recipients, run })), [four, two]);
  assert.deepEqual(asked, recipients.slice(0, 2));
});

const commands = [
  ["ends with an exit code", "sh -c 'exit 7'", { kind: "command", code: 7 }],
  ["cannot be started", "credsmith-no-such-program", { kind: "command", code: "ENOENT" }],
  ["has an open quote", "echo 'x", { kind: "command syntax" }],
  ["is empty", "", { kind: "command syntax" }],
] as const;
for (const [name, command, problem] of commands) {
  Deno.test(`loadIdentities: a command that ${name} is a problem of that source`, async () => {
    const env = { SOPS_AGE_KEY_CMD: command, PATH: Deno.env.get("PATH") ?? "", SOPS_AGE_KEY: one };
    const loaded = await loadIdentities({ env });
    assert.deepEqual(loaded.sources[1], { source: "SOPS_AGE_KEY_CMD", count: 0, problem });
    assert.deepEqual(found(loaded), [one]);
  });
}

Deno.test("loadIdentities: an SSH key counts only where a recipient is one", async () => {
  await using home = await temporaryHome({
    ".ssh/id_ed25519": await Deno.readTextFile(
      new URL("../vectors/ssh/id_ed25519", import.meta.url),
    ),
    ".ssh/id_rsa": "-----BEGIN OPENSSH PRIVATE KEY-----\n",
  });
  const env = { HOME: home.path };
  assert.deepEqual(found(await loadIdentities({ env, recipients: ["age1x"] })), []);
  const loaded = await loadIdentities({ env, recipients: ["ssh-ed25519 AAAA"] });
  assert.deepEqual(found(loaded), ["SSH private key"]);
  assert.equal(loaded.sources[1]?.problem?.kind, "malformed");
});

const defaults = [
  ["linux", { HOME: "/h" }, "/h/.config/sops/age/keys.txt"],
  ["linux", { HOME: "/h", XDG_CONFIG_HOME: "/c" }, "/c/sops/age/keys.txt"],
  ["linux", { HOME: "/h", XDG_CONFIG_HOME: "" }, "/h/.config/sops/age/keys.txt"],
  ["darwin", { HOME: "/h" }, "/h/Library/Application Support/sops/age/keys.txt"],
  ["darwin", { HOME: "/h", XDG_CONFIG_HOME: "/c" }, "/c/sops/age/keys.txt"],
  ["linux", {}, undefined],
] as const;
for (const [os, env, expected] of defaults) {
  Deno.test(`defaultIdentityFile: ${os} with ${JSON.stringify(env)}`, () => {
    assert.equal(defaultIdentityFile(env, os), expected);
  });
}

Deno.test("loadIdentities: a relative XDG_CONFIG_HOME is a problem, as in sops", async () => {
  const { sources } = await loadIdentities({ env: { XDG_CONFIG_HOME: "c" } });
  assert.deepEqual(sources, [{
    source: "XDG_CONFIG_HOME",
    count: 0,
    problem: { kind: "relative path" },
  }]);
});
