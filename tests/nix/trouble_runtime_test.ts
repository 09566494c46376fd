/**
 * Secrets of an encrypted file on the machine (`credsmith.runtimeSecretsFile`), with the real
 * sops-install-secrets in a mount namespace.
 */
import assert from "node:assert/strict";
import { assertAbsent } from "../support/home.ts";
import {
  type AskedFor,
  type DegradeHost,
  degradeHost,
  encryptedFor,
  manifestText,
  realInstaller,
} from "../support/degrade_host.ts";
import { type Peer, peerTest } from "../support/peers.ts";
import { testIdentity, testRecipient } from "../support/sops_file.ts";

const peers: readonly Peer[] = ["linux", "root", "sops-install-secrets"];
const stranger = "age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z";
const file = "/var/lib/credsmith.d/aws.yaml";
const keyFile = "/var/lib/sops-nix/key.txt";
const manifest = "/etc/manifest.json";
const link = "/run/credsmith-secrets";

const secrets: readonly AskedFor[] = [
  {
    name: "aws_access_key_id",
    file,
    keys: ["aws_access_key_id", "profiles/default/access_key_id"],
    group: "credsmith",
    restartUnits: ["billing.service"],
  },
  {
    name: "aws_region",
    file,
    keys: ["aws_region", "profiles/default/region"],
    optional: true,
    group: "credsmith",
  },
];
const values = ["AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN8EXAMPLE"] as const;
const top = `aws_access_key_id: ${values[0]}\naws_region: us-east-1\n`;
const below = `profiles:\n  default:\n    access_key_id: ${values[1]}\n    region: ""\n`;

async function hostWith(text: string | undefined): Promise<DegradeHost> {
  return await degradeHost({
    [keyFile]: `${testIdentity}\n`,
    [manifest]: manifestText({ secrets, ageKeyFile: keyFile, link }),
    ...(text === undefined ? {} : { [file]: await encryptedFor([testRecipient], text) }),
  });
}

const install = (host: DegradeHost, env: Readonly<Record<string, string>> = {}) =>
  host.credsmith(["install-runtime-secrets", `--program=${realInstaller()}`, manifest], {
    SOPS_RESTART_UNITS_VIA_SYSTEMCTL: "1",
    ...env,
  });
const seen = (host: DegradeHost) => host.say(`cd ${link} && head -n1 -- * | tr '\\n' ' '`);

peerTest(
  peers,
  "a file on the machine: other names and other values come without a rebuild",
  async () => {
    await using host = await hostWith(top);
    const first = await install(host);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(
      (await seen(host)).trim(),
      `==> aws_access_key_id <== ${values[0]} ==> aws_region <== us-east-1`,
    );
    assert.equal(
      (await host.say(`stat -Lc '%A %U %G' ${link}/aws_access_key_id`)).trim(),
      "-r--r----- root credsmith",
    );
    assert.equal((await host.say(`stat -fc %T ${link}/`)).trim(), "ramfs");

    await host.write("/var/lib/bin/systemctl", '#!/bin/sh\necho "$*" >>/var/tmp/asked\n', 0o755);
    await host.write(file, await encryptedFor([testRecipient], below));
    const second = await install(host, { PATH: "/var/lib/bin:/usr/bin:/bin" });
    assert.equal(second.code, 0, second.stderr);
    // The region is there no more: empty, it belongs to nobody.
    assert.equal((await seen(host)).trim(), values[1]);
    assert.equal(
      (await host.say("cat /var/tmp/asked")).trim(),
      "--no-block try-restart billing.service",
    );
    assertAbsent(
      first.stdout + first.stderr + second.stdout + second.stderr,
      values,
      "what is said",
    );
  },
);

interface Refusal {
  /** What comes to the host; nothing takes the file away. */
  readonly content: string | undefined;
  readonly says: readonly string[];
}

const refusals: Readonly<Record<string, Refusal>> = {
  "for another key": {
    content: await encryptedFor([stranger], top),
    says: [
      `Cannot install "${file}": no key of this host is among its 1 recipient`,
      testRecipient,
      `copy it here whole, which installs it: install -m 0644 aws.yaml ${file}`,
    ],
  },
  "without the access key": {
    content: await encryptedFor([testRecipient], "aws_region: us-east-1\n"),
    says: [
      `Cannot install "${file}": it has no "aws_access_key_id" or "profiles/default/access_key_id"`,
    ],
  },
  "with a number for a text": {
    content: await encryptedFor([testRecipient], "aws_access_key_id: 5\n"),
    says: [`Cannot install "${file}": "aws_access_key_id" is no text`],
  },
  "in plaintext": { content: top, says: ["it is not encrypted"] },
  "that is gone": { content: undefined, says: [`Cannot install "${file}": it is not there`] },
  "that is damaged": { content: "\t- [", says: ["it is damaged"] },
};

for (const [name, { content, says }] of Object.entries(refusals)) {
  peerTest(peers, `a file on the machine ${name}: what is installed stays`, async () => {
    await using host = await hostWith(top);
    assert.equal((await install(host)).code, 0);
    if (content === undefined) await host.say(`rm ${file}`);
    else await host.write(file, content);
    const { code, stdout, stderr } = await install(host);
    assert.equal(code, 8, stderr);
    for (const part of says) assert.ok(stderr.includes(part), `"${part}" is not said:\n${stderr}`);
    assertAbsent(stdout + stderr, [...values, testIdentity], "what is said");
    assert.match(await seen(host), new RegExp(values[0]));
    assert.equal((await host.say(`readlink ${link}`)).trim(), `${link}.d/1`);
    assert.doesNotMatch(await host.say("ls -A /run"), /trial/);
  });
}

/** What a user who owns the folder of the file can put in its place. */
const hostile: Readonly<Record<string, readonly [command: string, says: string]>> = {
  "a pipe": [`rm ${file}; mkfifo ${file}`, "it cannot be read (EFIFO)"],
  "a device without end": [`ln -sf /dev/zero ${file}`, "it cannot be read (ENODEV)"],
  "more than fits into memory": [`truncate -s 1T ${file}`, "it cannot be read (EFBIG)"],
  "a folder": [`rm ${file}; mkdir ${file}`, "it cannot be read (EISDIR)"],
  "a link to itself": [`rm ${file}; ln -s ${file} ${file}`, "it cannot be read (ELOOP)"],
  "a file of others": [`ln -sf /etc/shadow ${file}`, "it is not encrypted"],
};

for (const [name, [command, says]] of Object.entries(hostile)) {
  peerTest(peers, `in place of a file on the machine, ${name}: the boot goes on`, async () => {
    await using host = await hostWith(top);
    await host.write("/etc/shadow", "root:$y$hash-of-root:1::::::\n", 0o600);
    await host.say(command);
    const { code, stdout, stderr } = await install(host);
    assert.equal(code, 8, stderr);
    assert.ok(stderr.includes(`Cannot install "${file}": ${says}`), stderr);
    assertAbsent(stdout + stderr, ["hash-of-root"], "what is said");
  });
}

peerTest(peers, "a file on the machine, without the age key file that is named", async () => {
  await using host = await hostWith(top);
  await host.write(keyFile, "no key\n");
  const { code, stderr } = await install(host);
  assert.equal(code, 8, stderr);
  assert.match(stderr, /this host has no private key/);
  assert.match(stderr, /systemctl restart credsmith-runtime-secrets/);
});
