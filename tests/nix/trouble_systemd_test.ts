/**
 * Boots at which secrets cannot be installed, and what mends them, under a real systemd with the real
 * sops-install-secrets; and secrets of a file on the machine that changes.
 */
import assert from "node:assert/strict";
import { randomBytes } from "../../src/platform/random.ts";
import {
  generateIdentity,
  parseIdentities,
  recipientOf,
  type X25519Identity,
} from "../../src/sops/keys/identity.ts";
import { findProgram } from "../../src/platform/programs.ts";
import { encryptedFor } from "../support/degrade_host.ts";
import { type Machine, machineTest, startMachine, type Unit } from "../support/machine.ts";
import { build } from "../support/nix.ts";
import { strangerIdentity, testIdentity, testRecipient } from "../support/sops_file.ts";

const keyFile = "/var/lib/sops-nix/key.txt";
const runtimeFile = "/var/lib/credsmith/aws.yaml";
const [stranger] = parseIdentities(strangerIdentity, "test") as [X25519Identity];
const strangerRecipient = await recipientOf(stranger);
/** A key as a host generates it, for which nothing is encrypted. */
const made = generateIdentity(randomBytes);
const generated = { identity: made.secret.reveal(), recipient: await recipientOf(made) };

const awsText = (which: string) =>
  `aws_access_key_id: AKIA${which}\naws_secret_access_key: ${which}/secret\naws_region: us-east-1\n`;

const withProduction = (which: string) =>
  `${
    awsText(which)
  }profiles: {production: {access_key_id: AKIA${which}P, secret_access_key: ${which}/P}}\n`;

interface Systems {
  readonly script: string;
  readonly systemd: string;
  readonly runtime: string;
}
let built: Promise<Systems> | undefined;

/** The systems of `trouble_systemd.nix`, built once a process. */
function systems(): Promise<Systems> {
  return built ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "credsmith-test-" });
    try {
      const file = async (name: string, recipient: string, text: string) => {
        const path = `${folder}/${name}.yaml`;
        await Deno.writeTextFile(path, await encryptedFor([recipient], text));
        return path;
      };
      const strings = {
        program: findProgram("sops-install-secrets", Deno.env.get("PATH") ?? "")!,
        aws: await file("aws", testRecipient, awsText("FIRST")),
        tokens: await file("tokens", strangerRecipient, "oauth_token: token of the file\n"),
      };
      // By name, as Nix orders them.
      const [runtime, script, systemd] = await build("tests/nix/trouble_systemd.nix", { strings });
      return { script: script!, systemd: systemd!, runtime: runtime! };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  })();
}

async function unitsOf(system: string): Promise<Record<string, Unit>> {
  return JSON.parse(await Deno.readTextFile(`${system}/units.json`));
}

const machineOf = async (system: string, options: Partial<Parameters<typeof startMachine>[0]>) =>
  await startMachine({
    binds: ["/nix/store", Deno.execPath()],
    groups: ["credsmith"],
    users: { dev: ["credsmith"] },
    units: await unitsOf(system),
    ...options,
  });

const unit = "sops-install-secrets.service";
const aws = "aws_access_key_id aws_region aws_secret_access_key";
const there = (machine: Machine) =>
  machine.must("ls /run/secrets/ | tr '\\n' ' '").then((text) => text.trim());

const ways: readonly {
  readonly name: "script" | "systemd";
  readonly activation?: (system: string) => string;
  /** Installs once more, as the journal says, and gives the exit code and what was said. */
  again(machine: Machine, system: string): Promise<{ code: number; said: string }>;
  /** What the boot has said. */
  saidAtBoot(machine: Machine): Promise<string>;
}[] = [
  {
    name: "script",
    activation: (system) =>
      `mkdir -p /run/nixos; bash -eu ${system}/activate >/var/log/boot 2>&1 || ` +
      "echo ended with $? >>/var/log/boot",
    async again(machine, system) {
      const { code, stderr } = await machine.exec(
        `rm -f /run/nixos/*; bash -eu ${system}/activate`,
      );
      return { code, said: stderr };
    },
    saidAtBoot: (machine) => machine.read("/var/log/boot"),
  },
  {
    name: "systemd",
    async again(machine) {
      await machine.must("journalctl --rotate && journalctl --vacuum-time=1s");
      await machine.exec(["systemctl", "restart", unit]);
      return {
        code: Number(await machine.property(unit, "ExecMainStatus")),
        said: await machine.journal(unit),
      };
    },
    saidAtBoot: (machine) => machine.journal(unit),
  },
];

for (const { name, activation, again, saidAtBoot } of ways) {
  machineTest(
    ["nix", "sops-install-secrets"],
    `a boot with keys that open nothing, then some, then all, installed by ${name}`,
    async (t) => {
      const system = (await systems())[name];
      await using machine = await machineOf(system, {
        files: { [keyFile]: { content: `${generated.identity}\n`, mode: 0o600 } },
        ...(activation ? { activation: activation(system) } : {}),
      });

      await t.step("the boot goes on, and says what is left out and what to do", async () => {
        await machine.must("systemctl is-active multi-user.target");
        const said = await saidAtBoot(machine);
        assert.match(said, /credsmith: 4 of 4 secrets left out/);
        assert.match(said, /no key of this host is among its 1 recipient/);
        assert.ok(said.includes(`age key file "${keyFile}": ${generated.recipient}`), said);
        assert.match(said, /credsmith access sync -y aws\.yaml/);
        assert.match(said, /nixos-rebuild switch/);
        assert.equal(await there(machine), "");
        if (name === "script") assert.match(said, /ended with 9/);
        else {
          assert.equal(await machine.property(unit, "ExecMainStatus"), "9");
          const state = (await machine.exec("systemctl is-system-running")).stdout.trim();
          assert.equal(state, "degraded");
          const errors = await machine.must(`journalctl -p err -o cat -u ${unit}`);
          assert.match(errors, /^credsmith: 4 of 4 secrets left out/m);
        }
      });

      await t.step(
        "with a key for one file, its secrets come, and a service with them",
        async () => {
          await machine.write(keyFile, `${testIdentity}\n`, 0o600);
          const { code, said } = await again(machine, system);
          assert.equal(code, 9, said);
          assert.match(said, /1 of 4 secrets left out: the others are installed/);
          assert.match(said, /not there: oauth-token/);
          assert.equal(await there(machine), aws);
          assert.equal(
            await machine.must("cat /run/secrets/aws_access_key_id", { user: "dev" }),
            "AKIAFIRST",
          );
          await machine.waitFor("billing", "systemctl is-active billing.service");
        },
      );

      await t.step("with a key for the other one, all is well", async () => {
        await machine.write(keyFile, `${testIdentity}\n${strangerIdentity}\n`, 0o600);
        const { code, said } = await again(machine, system);
        assert.equal(code, 0, said);
        assert.doesNotMatch(said, /left out/);
        assert.equal(await there(machine), `${aws} oauth-token`);
        if (name === "systemd") {
          assert.equal(await machine.property(unit, "ActiveState"), "active");
        }
      });

      await t.step("when the keys are gone again, what is there stays", async () => {
        await machine.write(keyFile, `${generated.identity}\n`, 0o600);
        const { code, said } = await again(machine, system);
        assert.equal(code, 1, said);
        assert.doesNotMatch(said, /left out/);
        assert.equal(await there(machine), `${aws} oauth-token`);
      });
    },
  );
}

machineTest(
  ["nix", "sops-install-secrets"],
  "secrets of a file on the machine come, change and stay with it",
  async (t) => {
    await using machine = await machineOf((await systems()).runtime, {
      files: { [keyFile]: { content: `${testIdentity}\n`, mode: 0o600 } },
    });
    const service = "credsmith-runtime-secrets.service";
    const link = "/run/credsmith-secrets";
    const bring = async (text: string) => {
      await machine.write("/var/lib/new.yaml", text);
      await machine.must(`install -D -m 0644 /var/lib/new.yaml ${runtimeFile}`);
    };
    const has = (text: string) => `test "$(cat ${link}/aws_access_key_id)" = ${text}`;

    await t.step("without the file the boot goes on, and says so", async () => {
      await machine.must("systemctl is-active multi-user.target");
      assert.equal(await machine.property(service, "ActiveState"), "failed");
      const errors = await machine.must(`journalctl -p err -o cat -u ${service}`);
      assert.match(errors, /Cannot install "\/var\/lib\/credsmith\/aws\.yaml": it is not there/);
    });

    await t.step("its secrets come with it, and a service that waited", async () => {
      await bring(await encryptedFor([testRecipient], withProduction("FIRST")));
      await machine.waitFor("the first secrets", has("AKIAFIRST"));
      await machine.waitFor("billing", "systemctl is-active billing.service");
      assert.equal(
        await machine.must(`stat -Lc '%a %U %G' ${link}/aws_secret_access_key`),
        "440 root credsmith\n",
      );
      await machine.must(`cat ${link}/aws_secret_access_key`, { user: "dev" });
      // The service's own profile is not for the group.
      const own = `${link}/aws_production_secret_access_key`;
      assert.equal(await machine.must(`stat -Lc '%a %U %G' ${own}`), "400 root root\n");
      assert.match((await machine.exec(["cat", own], { user: "dev" })).stderr, /Permission denied/);
      assert.equal((await machine.exec(`cat ${link}/x`, { user: "nobody" })).code, 1);
    });

    await t.step("a changed file changes them, and restarts the service", async () => {
      await bring(await encryptedFor([testRecipient], withProduction("SECOND")));
      await machine.waitFor("the second secrets", has("AKIASECOND"));
      await machine.waitFor(
        "the service's",
        "grep -q AKIASECONDP /run/credentials/billing.service/credsmith-credentials",
      );
    });

    await t.step("of many changes in a row, the last one counts", async () => {
      const texts = await Promise.all(
        Array.from(
          { length: 12 },
          (_, index) => encryptedFor([testRecipient], withProduction(`ROW${index}`)),
        ),
      );
      for (const text of texts) await bring(text);
      await machine.waitFor("the last of them", has("AKIAROW11"), 60);
      await bring(await encryptedFor([testRecipient], withProduction("SECOND")));
      await machine.waitFor("the second secrets", has("AKIASECOND"));
    });

    await t.step("a file that does not open changes nothing, and is told of", async () => {
      await bring(await encryptedFor([strangerRecipient], withProduction("THIRD")));
      await machine.waitFor("failure", `systemctl is-failed ${service}`);
      const errors = await machine.must(`journalctl -p err -o cat -u ${service}`);
      assert.match(errors, /no key of this host is among its 1 recipient/);
      assert.match(errors, /install -m 0644 aws\.yaml \/var\/lib\/credsmith\/aws\.yaml/);
      await machine.must(has("AKIASECOND"));
      await machine.must("systemctl is-active billing.service");
    });

    await t.step("and the next good one is installed", async () => {
      await bring(await encryptedFor([testRecipient], withProduction("FOURTH")));
      await machine.waitFor("the fourth secrets", has("AKIAFOURTH"));
      await machine.waitFor("the unit", `systemctl is-active ${service}`);
    });
  },
);
