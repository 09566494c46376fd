/**
 * What a host has after a boot at which not every secret can be installed: with the real
 * sops-install-secrets, in a mount namespace.
 */
import assert from "node:assert/strict";
import { assertAbsent } from "../support/home.ts";
import {
  type AskedFor,
  degradeHost,
  encryptedFor,
  type Manifest,
  manifestText,
  placeholder,
  realInstaller,
} from "../support/degrade_host.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { strangerIdentity, testIdentity, testRecipient } from "../support/sops_file.ts";
import { parseIdentities, recipientOf, type X25519Identity } from "../../src/sops/keys/identity.ts";
import { sshToAgeRecipient } from "../../src/sops/keys/ssh.ts";

const peers: readonly Peer[] = ["linux", "root", "sops-install-secrets"];

/** A host key as OpenSSH makes it, used nowhere else. */
const hostKey = {
  private: `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACCWmGg84iW7CRfBGTV63Y1GDIWODJjaILH+wN4MNpBKMQAAAIjmKlne5ipZ
3gAAAAtzc2gtZWQyNTUxOQAAACCWmGg84iW7CRfBGTV63Y1GDIWODJjaILH+wN4MNpBKMQ
AAAECsjbNodkLS9NQLmzUyMlyCG5eqsNysbzmozdVfeF5cb5aYaDziJbsJF8EZNXrdjUYM
hY4MmNogsf7A3gw2kEoxAAAABGhvc3QB
-----END OPENSSH PRIVATE KEY-----
`,
  public: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJaYaDziJbsJF8EZNXrdjUYMhY4MmNogsf7A3gw2kEox",
};
const [stranger] = parseIdentities(strangerIdentity, "test") as [X25519Identity];
const strangerRecipient = await recipientOf(stranger);
const hostRecipient = await sshToAgeRecipient(hostKey.public);

const values = ["value-of-alpha", "value-of-beta", "value-of-gamma"] as const;
const secretTexts = [...values, testIdentity, strangerIdentity];

const files = {
  alpha: "/etc/secrets/alpha.yaml",
  beta: "/etc/secrets/beta.yaml",
  gamma: "/etc/secrets/gamma.yaml",
} as const;
const keyFile = "/var/lib/sops-nix/key.txt";
const hostKeyFile = "/etc/ssh/ssh_host_ed25519_key";

/** Three files that this host opens. */
async function threeFiles(recipient = testRecipient): Promise<Record<string, string>> {
  return {
    [files.alpha]: await encryptedFor([recipient], `alpha: ${values[0]}\nnested:\n  one: "1"\n`),
    [files.beta]: await encryptedFor([recipient], `beta: ${values[1]}\nport: 8080\n`),
    [files.gamma]: await encryptedFor([recipient], `gamma: ${values[2]}\n`),
    [keyFile]: `# created: 2026-11-22\n${testIdentity}\n`,
  };
}

const asked: readonly AskedFor[] = [
  { name: "alpha", file: files.alpha },
  { name: "alpha_one", file: files.alpha, key: "nested/one" },
  { name: "beta", file: files.beta },
  { name: "gamma", file: files.gamma },
];
const whole: Manifest = { secrets: asked, ageKeyFile: keyFile };
const manifest = "/etc/manifest.json";
const everything = "alpha alpha_one beta gamma";

/** What is installed, by name. */
const installed = "ls /run/secrets/ | tr '\\n' ' '";

interface Case {
  readonly manifest?: Manifest;
  /** What is different of the three files and the keys; nothing takes a file away. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly code: number;
  /** The names below /run/secrets. */
  readonly there: string;
  /** In this order in what is said. */
  readonly says: readonly (string | RegExp)[];
}

const withStranger = await encryptedFor([strangerRecipient], `beta: ${values[1]}\n`);
const two = "alpha alpha_one gamma";

const cases: Readonly<Record<string, Case>> = {
  "one file among three is for another key, as after a re-key": {
    files: { [files.beta]: withStranger },
    code: 9,
    there: two,
    says: [
      "credsmith: 1 of 4 secrets left out: the others are installed",
      `credsmith: Left out "${files.beta}": no key of this host is among its 1 recipient`,
      `credsmith:   age key file "${keyFile}": ${testRecipient}`,
      `then: credsmith access sync -y ${files.beta}`,
      "commit it, then on this host: nixos-rebuild switch",
      "credsmith:   not there: beta",
    ],
  },
  "the age key file is not there, and the host key opens everything": {
    manifest: { ...whole, ageSshKeyPaths: [hostKeyFile] },
    files: {
      ...await threeFiles(hostRecipient),
      [keyFile]: undefined,
      [hostKeyFile]: hostKey.private,
    },
    code: 9,
    there: everything,
    says: [
      "All 4 secrets installed, but not all is well",
      `The age key file "${keyFile}" is not there`,
      "put the key there (owner root, mode 0600), then: /run/current-system/activate",
    ],
  },
  "the age key file is no key file, and the host key opens everything": {
    manifest: { ...whole, ageSshKeyPaths: [hostKeyFile] },
    files: {
      ...await threeFiles(hostRecipient),
      [keyFile]: "something else\n",
      [hostKeyFile]: hostKey.private,
    },
    code: 9,
    there: everything,
    says: [`The age key file "${keyFile}" is not one`],
  },
  "the age key file is not there, and nothing else opens anything": {
    files: { [keyFile]: undefined },
    code: 9,
    there: "",
    says: [
      "4 of 4 secrets left out: nothing is left of them",
      `The age key file "${keyFile}" is not there`,
      `Left out "${files.alpha}": this host has no private key`,
    ],
  },
  "the host key is not there": {
    manifest: { secrets: asked, ageSshKeyPaths: [hostKeyFile] },
    code: 9,
    there: "",
    says: [
      `Left out "${files.alpha}": this host has no private key`,
      `SSH host key "${hostKeyFile}": is not there`,
    ],
  },
  "the key was generated and is no recipient yet": {
    files: { [keyFile]: `${strangerIdentity}\n` },
    code: 9,
    there: "",
    says: [
      "4 of 4 secrets left out",
      `age key file "${keyFile}": ${strangerRecipient}`,
      `add this host's public key to .sops.yaml, then: credsmith access sync -y ${files.alpha}`,
    ],
  },
  "the host key is no recipient": {
    manifest: { secrets: asked, ageSshKeyPaths: [hostKeyFile] },
    files: { [hostKeyFile]: hostKey.private },
    code: 9,
    there: "",
    says: [`SSH host key "${hostKeyFile}": ${hostRecipient}`],
  },
  "a name is not in its file": {
    manifest: { ...whole, secrets: [...asked, { name: "delta", file: files.beta }] },
    code: 9,
    there: two,
    says: [
      `2 of 5 secrets left out`,
      `Left out "${files.beta}": it has no "delta"`,
      "not there: beta, delta",
    ],
  },
  "a value is no text": {
    manifest: { ...whole, secrets: [...asked, { name: "port", file: files.beta }] },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": "port" is no text`, `credsmith set -f ${files.beta} port`],
  },
  "a value was changed by hand": {
    files: {
      [files.beta]: (await encryptedFor([testRecipient], `beta: ${values[1]}\n`))
        .replace(
          /(beta: ENC\[AES256_GCM,data:)(.)/,
          (_, start, one) => start + (one === "A" ? "B" : "A"),
        ),
    },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": its value at "beta" does not match`],
  },
  "a value was taken away by hand": {
    files: {
      [files.beta]: (await encryptedFor([testRecipient], `beta: ${values[1]}\nmore: x\n`))
        .replace(/^more: .*\n/m, ""),
    },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": its MAC does not match`],
  },
  "a file is plaintext": {
    files: { [files.beta]: "beta: readable\n" },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": it is not encrypted`],
  },
  "a file is not there": {
    files: { [files.beta]: undefined },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": it is not there`],
  },
  "a file is no YAML": {
    files: { [files.beta]: "\tbeta: [\n" },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": it is damaged`],
  },
  "the owner of a secret is no user": {
    manifest: {
      ...whole,
      secrets: asked.map((each) => each.name === "beta" ? { ...each, owner: "nobody-here" } : each),
    },
    code: 9,
    there: two,
    says: [`Left out "${files.beta}": this host has no user "nobody-here"`],
  },
  "a JSON file's value lies deeper, which sops-install-secrets cannot read": {
    manifest: {
      ...whole,
      secrets: [
        ...asked.filter(({ name }) => name !== "beta"),
        { name: "beta", file: "/etc/secrets/beta.json", key: "a/b", format: "json" },
      ],
    },
    files: {
      "/etc/secrets/beta.json": await encryptedFor(
        [testRecipient],
        `{"a": {"b": "${values[1]}"}}`,
        "json",
      ),
    },
    code: 9,
    there: two,
    says: ['Left out "/etc/secrets/beta.json": it has no "a/b"'],
  },
  "templates with what is left out are left out, and others are not": {
    manifest: {
      ...whole,
      templates: [
        { name: "both", content: `${placeholder("alpha")} ${placeholder("beta")}` },
        { name: "one", content: `is ${placeholder("alpha")}` },
      ],
    },
    files: { [files.beta]: withStranger },
    code: 9,
    there: "alpha alpha_one gamma rendered",
    says: ['Left out the template "both": it holds beta'],
  },
};

for (
  const [name, { manifest: given = whole, files: changes = {}, ...expected }] of Object.entries(
    cases,
  )
) {
  peerTest(peers, `boot: ${name}`, async () => {
    const all = { ...await threeFiles(), ...changes, [manifest]: manifestText(given) };
    const there = Object.fromEntries(
      Object.entries(all).flatMap(([path, text]) => text === undefined ? [] : [[path, text]]),
    );
    await using host = await degradeHost(there);
    const { code, stdout, stderr, ours } = await host.install([manifest]);
    assert.ok(ours);
    assert.equal(code, expected.code, stdout + stderr);
    let from = 0;
    for (const part of expected.says) {
      const rest = stderr.slice(from);
      const at = typeof part === "string" ? rest.indexOf(part) : rest.search(part);
      assert.ok(at >= 0, `"${part}" is not said, or not there:\n${stderr}`);
      from += at;
    }
    assert.equal((await host.say(installed)).trim(), expected.there, stderr);
    assertAbsent(stdout + stderr, secretTexts, "what is said");
    // Nothing of the trials is left.
    const left = (await host.say("ls -A /run | sort | tr '\\n' ' '")).trim();
    assert.match(left, /^(mount )?secrets secrets\.d$/);
    assert.equal((await host.say("readlink /run/secrets")).trim(), "/run/secrets.d/1");
  });
}

peerTest(
  ["shellcheck"],
  "what stands in front of sops-install-secrets is good POSIX shell",
  async () => {
    const script = new URL("../../modules/nixos/degrade.sh", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command("shellcheck", { args: [script] }).output();
    assert.equal(code, 0, new TextDecoder().decode(stdout));
  },
);

peerTest(peers, "where all is well our program is not started", async () => {
  await using host = await degradeHost({ ...await threeFiles(), [manifest]: manifestText(whole) });
  const { code, ours } = await host.install([manifest]);
  assert.deepEqual({ code, ours }, { code: 0, ours: false });
  assert.equal((await host.say(installed)).trim(), everything);
});

/** A boot at which one of three files does not open, with what is there before and around it. */
interface Elsewhere {
  readonly before?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly manifest?: Manifest;
  /** Whether our program is started at all. */
  readonly ours: boolean;
  readonly code: number;
  readonly there: string;
}

const nothing = "";
const booted = "mkdir /run/one /run/two; ln -s /run/one /run/booted-system";
const elsewhere: Readonly<Record<string, Elsewhere>> = {
  "a switch by an activation script fails": {
    env: { NIXOS_ACTION: "switch" },
    ours: false,
    code: 1,
    there: nothing,
  },
  "a dry activation fails": {
    env: { NIXOS_ACTION: "dry-activate" },
    ours: false,
    code: 1,
    there: nothing,
  },
  "a check alone fails": {
    args: ["-check-mode=sopsfile"],
    // Checks do not decrypt; what they find is a name that is missing.
    manifest: { ...whole, secrets: [{ name: "delta", file: files.alpha }] },
    ours: true,
    code: 1,
    there: nothing,
  },
  "a switch by a unit, on a host that never had secrets, fails": {
    before: `${booted}; ln -s /run/two /run/current-system`,
    ours: true,
    code: 1,
    there: nothing,
  },
  "a unit at boot goes on": {
    before: `${booted}; ln -s /run/one /run/current-system`,
    ours: true,
    code: 9,
    there: two,
  },
  "a generation that is there stays": {
    before:
      "mkdir /run/secrets.d; mount -t ramfs none /run/secrets.d; mkdir /run/secrets.d/4; echo old >/run/secrets.d/4/beta; " +
      "ln -s /run/secrets.d/4 /run/secrets",
    ours: true,
    code: 1,
    there: "beta",
  },
  "a link to a generation that is gone is none": {
    before: "ln -s /run/secrets.d/4 /run/secrets",
    ours: true,
    code: 9,
    there: two,
  },
  "arguments that nobody knows are left to the real program": {
    args: ["-unknown"],
    ours: true,
    code: 1,
    there: nothing,
  },
  "a user's own manifest is none of ours": {
    manifest: whole,
    before: `sed -i 's/"userMode":false/"userMode":true/' ${manifest}`,
    env: { XDG_RUNTIME_DIR: "/run" },
    ours: true,
    code: 1,
    there: nothing,
  },
};

for (
  const [name, { before = ":", args = [], env = {}, ...expected }] of Object.entries(elsewhere)
) {
  peerTest(peers, `one of three files does not open: ${name}`, async () => {
    await using host = await degradeHost({
      ...await threeFiles(),
      [files.beta]: withStranger,
      [manifest]: manifestText(expected.manifest ?? whole),
    });
    await host.say(before);
    const { code, ours, stderr } = await host.install([...args, manifest], env);
    assert.deepEqual({ code, ours }, { code: expected.code, ours: expected.ours }, stderr);
    const there = (await host.say(`test -e /run/secrets && ${installed}`)).trim();
    assert.equal(there, expected.there, stderr);
  });
}

peerTest(
  peers,
  "secrets for users are installed in their own place, before there are users",
  async () => {
    const link = "/run/secrets-for-users";
    await using host = await degradeHost({
      ...await threeFiles(),
      [files.beta]: withStranger,
      [manifest]: manifestText({ ...whole, link }),
    });
    await host.write("/etc/passwd", "");
    await host.write("/etc/group", "");
    const { code, stderr } = await host.install(["-ignore-passwd", manifest]);
    assert.equal(code, 9, stderr);
    assert.equal((await host.say(`ls ${link} | tr '\\n' ' '`)).trim(), two);
    assert.equal((await host.say("ls -d /run/secrets")).trim(), "");
  },
);

peerTest(peers, "what was left out comes when the key does, and its units are told", async () => {
  const units = asked.map((each) => ({ ...each, restartUnits: [`${each.name}.service`] }));
  await using host = await degradeHost({
    ...await threeFiles(),
    [keyFile]: "",
    [files.gamma]: await encryptedFor([strangerRecipient], `gamma: ${values[2]}\n`),
    [manifest]: manifestText({ ...whole, secrets: units }),
  });
  const asUnit = { SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1" };
  // What stands as systemctl here says what it is asked.
  await host.write("/var/lib/bin/systemctl", '#!/bin/sh\necho "$*" >>/var/tmp/asked\n', 0o755);
  const env = { ...asUnit, PATH: "/var/lib/bin:/usr/bin:/bin" };

  const first = await host.install([manifest], env);
  assert.equal(first.code, 9, first.stderr);
  assert.match(first.stderr, /systemctl restart sops-install-secrets|nixos-rebuild switch/);
  assert.equal((await host.say(installed)).trim(), "");

  await host.write(keyFile, `${testIdentity}\n`);
  const second = await host.install([manifest], env);
  assert.equal(second.code, 9, second.stderr);
  assert.equal((await host.say(installed)).trim(), "alpha alpha_one beta");
  assert.equal(
    (await host.say("cat /var/tmp/asked")).trim(),
    "--no-block try-restart alpha.service alpha_one.service beta.service",
  );

  await host.write(keyFile, `${testIdentity}\n${strangerIdentity}\n`);
  const third = await host.install([manifest], env);
  assert.deepEqual([third.code, third.ours], [0, false], third.stderr);
  assert.equal((await host.say(installed)).trim(), everything);

  // Now that it was whole, nothing is left out again.
  await host.write(keyFile, "");
  const fourth = await host.install([manifest], env);
  assert.equal(fourth.code, 1, fourth.stderr);
  assert.equal((await host.say(installed)).trim(), everything);
});

peerTest(peers, "where the unit's journal reads levels, every line is an error", async () => {
  await using host = await degradeHost({
    ...await threeFiles(),
    [files.beta]: withStranger,
    [manifest]: manifestText(whole),
  });
  const { stderr } = await host.install([manifest], { JOURNAL_STREAM: "8:12345" });
  const lines = stderr.split("\n").filter((line) => line.includes("credsmith:"));
  assert.ok(lines.length > 4 && lines.every((line) => line.startsWith("<3>credsmith: ")), stderr);
});

peerTest(peers, "a full file system for secrets: the real program's word stands", async () => {
  const filler = "x".repeat(40_000);
  await using host = await degradeHost({
    ...await threeFiles(),
    [files.alpha]: await encryptedFor([testRecipient], `alpha: ${filler}\nnested:\n  one: "1"\n`),
    [files.beta]: withStranger,
    [manifest]: manifestText({ ...whole, useTmpfs: true }),
  });
  await host.say("mkdir /run/secrets.d; mount -t tmpfs -o size=16k none /run/secrets.d");
  const { code, stderr } = await host.install([manifest]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /No secret is installed/);
  assert.equal((await host.say("ls -d /run/secrets")).trim(), "");
});

peerTest(peers, "our program is killed midway: nothing is installed, nothing is left", async () => {
  // What stands as the real one waits in every trial until it is let go.
  const real = `#!/bin/sh
if [ "$1" = /dev/stdin ] && [ -e /var/tmp/wait ]; then
  ${realInstaller()} "$@"
  echo >>/var/tmp/tried
  read -r _ </var/tmp/wait
  exit 1
fi
exec ${realInstaller()} "$@"
`;
  await using host = await degradeHost({
    ...await threeFiles(),
    [files.beta]: withStranger,
    [manifest]: manifestText(whole),
  }, "/var/lib/real");
  await host.write("/var/lib/real", real, 0o755);
  await host.say("mkfifo /var/tmp/wait");
  const running = host.install([manifest]);
  const pid = await firstLine(`${host.host.path}/var/tmp/started`);
  await firstLine(`${host.host.path}/var/tmp/tried`);
  Deno.kill(Number(pid), "SIGKILL");
  const { code, stderr } = await running;
  assert.equal(code, 1, stderr);
  assert.equal((await host.say("ls -d /run/secrets")).trim(), "");
  const found = await host.say(`grep -rl 'value-of-[a]lpha' /run /var /etc`);
  assert.equal(found, "");

  // What it left is taken away by the next one.
  await host.say("echo go >/var/tmp/wait; rm /var/tmp/wait");
  const { code: next } = await host.install([manifest]);
  assert.equal(next, 9);
  assert.match(
    (await host.say("ls -A /run | tr '\\n' ' '")).trim(),
    /^(mount )?secrets secrets\.d$/,
  );
});

/** The first line of a file, once there is one. */
async function firstLine(path: string): Promise<string> {
  const end = performance.now() + 30_000;
  while (performance.now() < end) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nothing came to ${path}`);
}
